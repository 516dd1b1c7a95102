#!/bin/sh
# The identities that every finished case must hold, over impact.csv, summary.json and coverage.csv.
#
# Usage    check_case.sh CASE [EXIT]      prints what does not hold; exit 1 if anything
# Needs    awk, jq
case_folder=${1:?usage: check_case.sh CASE [EXIT]}
TESTS=$(dirname "$0")
. "$TESTS/expect.sh"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Counts of impact.csv as "name number" lines, and what is wrong with its rows.
csv_cells "$case_folder/impact.csv" | awk -F '\037' -v wrong="$work/wrong" '
    # Whether the words of a cell are some of those in `all`, each once and in their order.
    function in_order(cell, all,    words, word, at, i, known, rank) {
        for (i = split(all, words, " "); i > 0; i--) rank[words[i]] = i
        known = split(cell, words, "+")
        for (i = 1; i <= known; i++) {
            if (!(words[i] in rank) || rank[words[i]] <= at) return 0
            at = rank[words[i]]
        }
        return 1
    }
    # An element is there where the column says that it was found; alone says that no other column makes it.
    function agree(element, column, alone,    there) {
        there = index("+" $at["elements"] "+", "+" element "+") > 0
        if (column in at && ($at[column] + 0 > 0 ? !there : alone && there))
            print "impact.csv row " NR ": " element " and " column " do not agree" >wrong
    }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; columns = NF; next }
    { key = $at["customer_id"]
      bare = key
      if (bare ~ /^\047[=+@\t\r-]/) bare = substr(bare, 2)
      if (NF != columns) print "impact.csv row " NR " has " NF - 1 " cells" >wrong
      if (NR > 2 && bare "" <= before "") print "impact.csv row " NR " is not in the order of customer_id" >wrong
      before = bare
      if ($at["tier"] !~ /^T[123]$/) print "impact.csv row " NR " has tier " $at["tier"] >wrong
      if (($at["tier"] == "T3") != ($at["records"] == 0)) print "impact.csv row " NR ": tier and records do not agree" >wrong
      if ($at["records"] + $at["records_possible"] == 0) print "impact.csv row " NR " has no record" >wrong
      if (!in_order($at["elements"], "VIN CHS NET DEV PLT LOC TIM")) print "impact.csv row " NR ": elements are not in order" >wrong
      if (!in_order($at["link_basis"], "field parent path roster link")) print "impact.csv row " NR ": link_basis is not in order" >wrong
      if ($at["data_time_first"] > $at["data_time_last"]) print "impact.csv row " NR ": times are not in order" >wrong
      if ($at["tier"] != "T3") { agree("VIN", "vins"); agree("CHS", "frame_numbers"); agree("PLT", "plates"); agree("LOC", "loc_fixes", 1) }
      tier[$at["tier"]]++
      records += $at["records"]
      fixes += $at["loc_fixes"]
      possible += $at["records_possible"]
      if ($at["tier"] == "T3") next
      parts = split($at["elements"], element, "+")
      for (i = 1; i <= parts; i++) persons[element[i]]++
      combination[$at["elements"]]++
      level[$at["loc_level"]]++
      if ($at["severity"] != "") score[$at["severity"] + 0]++ }
    END { print "rows", NR - 1; print "records", records + 0; print "fixes", fixes + 0
          print "T1", tier["T1"] + 0; print "T2", tier["T2"] + 0; print "T3", tier["T3"] + 0
          for (name in persons) print "element:" name, persons[name]
          for (name in level) print "level:" name, level[name]
          for (name in score) print "score:" name, score[name]
          for (name in combination) print "combination:" name, combination[name] }' >"$work/impact"

csv_cells "$case_folder/coverage.csv" | awk -F '\037' -v wrong="$work/wrong" '
    BEGIN {
        known = " TRUNCATED BAD_CHECKSUM CORRUPT_STREAM RESIDUE_SCANNED_RAW ENCRYPTED LIMIT_RATIO LIMIT_BYTES" \
                " LIMIT_MEMBERS LIMIT_DEPTH WINDOW_TOO_LARGE OVERSIZED_RECORD REGEX_LIMIT UNSUPPORTED_METHOD" \
                " UNSUPPORTED_FORMAT PERMISSION_DENIED VANISHED CHANGED_DURING_READ IO_ERROR NOT_REGULAR" \
                " SYMLINK_NOT_FOLLOWED LOOP NO_MEMORY NO_FDS PARSER_CRASH EXCLUDED_BY_USER DUPLICATE_CONTENT "
        harmless = " EXCLUDED_BY_USER SYMLINK_NOT_FOLLOWED DUPLICATE_CONTENT RESIDUE_SCANNED_RAW "
    }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; columns = NF; next }
    { where = "coverage.csv row " NR
      path = $at["path"]; status = $at["status"]; reason = $at["reason"]
      if (NF != columns) print where " has " NF - 1 " cells" >wrong
      if (seen[path]++) print where " names an object again" >wrong
      if (status !~ /^(COMPLETE|PARTIAL|SKIPPED|FAILED|DUPLICATE)$/) print where " has status " status >wrong
      if (status == "COMPLETE" ? reason != "" : index(known, " " reason " ") == 0)
          print where " is " status " for " (reason == "" ? "no reason" : reason) >wrong
      if (status == "COMPLETE" && $at["bytes_unexamined"] != 0) print where " is COMPLETE with bytes unexamined" >wrong
      if ($at["bytes_examined"] + $at["bytes_unexamined"] != $at["size"]) print where ": bytes do not add up to size" >wrong
      if ($at["records"] + 0 > $at["units"] + 0) print where " has more records than units" >wrong
      if (reason != "" && index(harmless, " " reason " ") == 0) incomplete = 1
      count[status]++
      records += $at["records"]
      findings += $at["findings"]
      size[path] = $at["size"]; read[path] = $at["bytes_examined"]
      unread[path] = $at["bytes_unexamined"]; why[path] = reason }
    END { # The bytes of what lies in a file, "file!member" or "file!~offset", are in the line of that file already.
          for (path in size) {
              within = 0
              parts = split(path, part, "!")
              file = part[1]
              for (i = 2; i <= parts; file = file "!" part[i++]) within = within || file in size
              if (within) {
                  member_listed += size[path]; member_examined += read[path]
                  if (why[path] != "") member_unexamined[why[path]] += unread[path]
                  continue
              }
              listed += size[path]; examined += read[path]
              if (why[path] != "") unexamined[why[path]] += unread[path]
          }
          print "listed", NR - 1; print "COMPLETE", count["COMPLETE"] + 0; print "PARTIAL", count["PARTIAL"] + 0
          print "SKIPPED", count["SKIPPED"] + 0; print "FAILED", count["FAILED"] + 0
          print "DUPLICATE", count["DUPLICATE"] + 0; print "records", records + 0; print "findings", findings + 0
          printf "bytes_listed %.0f\nbytes_examined %.0f\n", listed, examined
          print "exit", incomplete ? 3 : 0
          printf "members:listed %.0f\nmembers:examined %.0f\n", member_listed, member_examined
          for (name in member_unexamined) printf "members:unexamined:%s %.0f\n", name, member_unexamined[name]
          for (name in unexamined) printf "unexamined:%s %.0f\n", name, unexamined[name] }' >"$work/coverage"

# Every evidence_ref names an object of coverage.csv and a unit that it has.
{ csv_columns "$case_folder/coverage.csv" units path; echo; csv_columns "$case_folder/impact.csv" evidence_ref; } |
    awk -v wrong="$work/wrong" '
    !behind && $0 == "" { behind = 1; next }
    !behind { units = $1; sub(/^[0-9]+ /, ""); has[$0] = units; next }
    { hash = match($0, /#[0-9]+$/)
      path = substr($0, 1, hash - 1)
      unit = substr($0, hash + 1) + 0
      if (!(path in has)) print "an evidence_ref names no object of coverage.csv" >wrong
      else if (unit < 1 || unit > has[path]) print "an evidence_ref names unit " unit " of " has[path] >wrong }'

as_json() { jq -R -s 'split("\n") | map(select(. != "") | capture("^(?<key>.*) (?<value>[0-9]+)$")
                     | .value |= tonumber) | from_entries' "$1"; }
as_json "$work/impact" >"$work/impact.json"
as_json "$work/coverage" >"$work/coverage.json"

jq -r --slurpfile impacts "$work/impact.json" --slurpfile coverages "$work/coverage.json" --slurpfile cases "$case_folder/case.json" --arg exit "${2:-}" '
    def total: add // 0;
    def under($start): with_entries(select(.key | startswith($start)) | .key |= ltrimstr($start));
    $impacts[0] as $i | $coverages[0] as $c |
    def holds($what; $truth): if $truth then empty else $what end;
    # Of a table that this version may not write yet.
    def if_there($key; truth): if .[$key] != null then truth else true end;
    holds("persons_by_combination sums to persons_best"; ([.persons_by_combination[].persons] | total) == .persons_best),
    # Organisations have rows, and are no persons.
    ([.organisations_by_tier[]] | total) as $organisations |
    holds("organisations are T1 + T2"; .organisations == .organisations_by_tier.T1 + .organisations_by_tier.T2),
    holds("persons_by_combination is what impact.csv says"; $organisations > 0 or
          ([.persons_by_combination[] | {key: .elements, value: .persons}] | from_entries) == ($i | under("combination:"))),
    holds("persons_by_element is what impact.csv says"; $organisations > 0 or
          (.persons_by_element | with_entries(select(.value > 0))) == ($i | under("element:"))),
    holds("tiers sum to persons_upper"; ([.persons_by_tier[]] | total) == .persons_upper),
    holds("persons_by_tier is what impact.csv says"; .organisations_by_tier as $o |
          (.persons_by_tier | with_entries(.value += $o[.key])) == {T1: $i.T1, T2: $i.T2, T3: $i.T3}),
    holds("unattributed records and clusters are said once"; .unattributed.records == .records_unattributed
          and .unattributed.clusters == .clusters_unattributed),
    holds("the largest component is the first of the largest"; .largest_component >= ([.largest_components[].persons] | max // 0)),
    holds("lower <= best <= upper <= upper_total"; .persons_lower <= .persons_best and .persons_best <= .persons_upper
          and .persons_upper <= .persons_upper_total),
    holds("persons_by_element is at most persons_best"; .persons_best as $best | all(.persons_by_element[]; . <= $best)),
    holds("persons_by_combination names each set once"; [.persons_by_combination[].elements] | length == (unique | length)),
    holds("loc_level_counts sums to persons_best"; if_there("loc_level_counts"; ([.loc_level_counts[]] | total) == .persons_best)),
    holds("loc_level_counts is what impact.csv says"; $organisations > 0 or (.loc_level_counts | with_entries(select(.value > 0))) == ($i | under("level:"))),
    holds("loc_precise_counts are of these"; .loc_precise_counts.L3 <= .loc_level_counts.L3 and .loc_precise_counts.L4 <= .loc_level_counts.L4),
    holds("homes of jurisdictions sum to L3 and L4"; ([.by_jurisdiction[].loc_home] | total) == .loc_level_counts.L3 + .loc_level_counts.L4
          and ([.by_jurisdiction[].loc_home_precise] | total) == ([.loc_precise_counts[]] | total)),
    holds("severities are what impact.csv says"; $organisations > 0 or
          ([.severity.persons_by_score[] | {key: (.score | tostring), value: .persons}] | group_by(.key) | map({key: .[0].key, value: ([.[].value] | total)}) | from_entries)
          == ($i | under("score:"))),
    holds("by_jurisdiction sums to the bounds"; if_there("by_jurisdiction"; (.by_jurisdiction | map(.lower) | total) == .persons_lower
          and (.by_jurisdiction | map(.best) | total) == .persons_best and (.by_jurisdiction | map(.upper) | total) == .persons_upper)),
    holds("ways to reach persons sum to persons_best"; if_there("persons_contactable"; .persons_best as $best | .persons_contactable
          | .any + .none + .unknown == $best and ([.post, .email, .phone] | max) <= .any)),
    holds("ages are within persons_best"; if_there("persons_minor"; .persons_minor + .persons_elderly + .persons_age_unknown <= .persons_best
          and .persons_under_12 <= .persons_minor)),
    holds("regimes: lower <= best <= upper, everybody where residence does not matter"; . as $all | all(.regimes[]; .lower <= .best and .best <= .upper
          and .upper <= $all.persons_upper_total)),
    holds("profile and roster are those of case.json"; $cases[0] as $case
          | .profile_sha256 == $case.profile_sha256 and .roster_sha256 == $case.roster_sha256),
    holds("persons_lower is T1"; .persons_lower == .persons_by_tier.T1),
    holds("persons_best is T1 + T2"; .persons_best == .persons_by_tier.T1 + .persons_by_tier.T2),
    holds("persons_upper_total adds the clusters"; .persons_upper_total == .persons_upper + .clusters_unattributed),
    holds("one row a person or organisation"; $i.rows == .persons_upper + $organisations),
    holds("records_distinct <= records_raw"; .records_distinct == null or .records_distinct <= .records_raw),
    holds("records of impact.csv + unattributed + ambiguous + orphans = records_raw";
          $i.records + .records_unattributed + .records_ambiguous + .records_orphan_location == .records_raw),
    holds("records of coverage.csv = records_raw"; $c.records == .records_raw),
    holds("findings of coverage.csv = findings"; $c.findings == .findings),
    holds("fixes of impact.csv <= loc_fixes"; $i.fixes <= .loc_fixes),
    holds("distinct = confirmed + likely"; all(.identifiers[]; .distinct == .confirmed + .likely)),
    holds("vehicles_distinct = VINs + frame numbers";
          .vehicles_distinct == (.identifiers.vin.distinct // 0) + (.identifiers.frame_number.distinct // 0)),
    holds("rejected_by_reason sums to what was rejected";
          ([.rejected_by_reason[]] | total) == ([.identifiers[].rejected] | total) + .locations_rejected),
    holds("objects add up to listed"; .objects.listed ==
          .objects.complete + .objects.partial + .objects.skipped + .objects.failed + .objects.duplicate),
    holds("objects are what coverage.csv says"; .objects == {listed: $c.listed, complete: $c.COMPLETE,
          partial: $c.PARTIAL, skipped: $c.SKIPPED, failed: $c.FAILED, duplicate: $c.DUPLICATE}),
    holds("bytes listed = examined + unexamined"; .bytes.listed == .bytes.examined + ([.bytes.unexamined[]] | total)),
    holds("bytes are what coverage.csv says"; .bytes.listed == $c.bytes_listed and .bytes.examined == $c.bytes_examined
          and (.bytes.unexamined | with_entries(select(.value > 0)))
              == ($c | under("unexamined:") | with_entries(select(.value > 0)))),
    holds("bytes of members are what coverage.csv says"; .bytes.members as $m | $m.listed == $m.examined + ([$m.unexamined[]] | total)
          and ([$m.listed, $m.examined] == [$c["members:listed"], $c["members:examined"]])
          and ($m.unexamined | with_entries(select(.value > 0))) == ($c | under("members:unexamined:") | with_entries(select(.value > 0)))),
    holds("by_source: records, objects and bytes add up"; ([.by_source[].records] | total) == .records_raw
          and ([.by_source[].objects] | total) == .objects.listed and ([.by_source[].bytes] | total) == .bytes.listed),
    holds("by_source: customer_fields add up"; ([.by_source[].customer_fields[]] | group_by(.field)
          | map({field: .[0].field, units: (map(.units) | total)}))
          == (.customer_fields | group_by(.field) | map({field: .[0].field, units: (map(.units) | total)}))),
    holds("by_source: nobody is only here twice"; ([.by_source[].persons_only_here] | total) <= .persons_upper),
    holds("exit status \($exit) is what coverage.csv says (\($c.exit))"; $exit == "" or ($exit | tonumber) == $c.exit),
    holds("keys are sorted"; ([paths | select(all(.[]; type == "string"))] | . == sort) and keys_unsorted == keys)
    ' "$case_folder/summary.json" >>"$work/wrong" || echo "summary.json cannot be read" >>"$work/wrong"

touch "$work/wrong"
sort -u "$work/wrong"
[ ! -s "$work/wrong" ]
