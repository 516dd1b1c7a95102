# raw.csv -> the tables of summary.md: what each program took, and the targets.
# Variables: failed, answers: the lists that run.sh keeps beside raw.csv.

function median_of(key,    i, j, held, n, sorted) {
    n = runs[key]
    for (i = 1; i <= n; i++) {
        held = wall[key, i]
        for (j = i - 1; j >= 1 && sorted[j] > held; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = held
    }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# How many times faster than breachtally's own run of the case; above 1 it is faster than we.
function beside_ours(case_name, key) {
    if (!runs[case_name, "breachtally"]) return "-"
    return sprintf("%.2f", median_of(case_name SUBSEP "breachtally") / median_of(key))
}

# A line of the targets. sense 1: the value shall be at least the target; -1: at most.
function target(what, sense, wanted, good, unit, value,    verdict) {
    if (value == "") verdict = "not measured"
    else if (sense * value >= sense * wanted) verdict = "reached"
    else verdict = "missed"
    if (verdict == "reached" && good != "" && sense * value >= sense * good) verdict = "reached (good)"
    printf "| %s | %s %s%s | %s | %s | %s |\n", what, (sense > 0 ? ">=" : "<="), wanted, unit,
        (good == "" ? "" : good unit), (value == "" ? "-" : sprintf("%.2f", value) unit), verdict
}

# Least processor time of a program that is not the system's; "" if it is missing.
function least_user(case_name, program) {
    return runs[case_name, program] ? user_least[case_name, program] : ""
}

# Part of the decoder's own rate that is left in a scan: its processor time by itself over what the scan of the packed file takes more
# than that of the plain one.
function rate_kept(case_name, scan, packed,    alone, plain, all) {
    alone = least_user(case_name, "inflate-isal")
    if (alone == "") alone = least_user(case_name, "inflate-zlib")
    plain = least_user(case_name, scan ":csv")
    all = least_user(case_name, scan ":" packed)
    return alone == "" || plain == "" || all == "" || all <= plain ? "" : alone / (all - plain)
}

function seconds(value) { return value == "" ? "-" : sprintf("%.3f", value) }

# A line of what decoding costs.
function decoding(what, case_name, packed,    kept) {
    kept = rate_kept(case_name, "breachtally", packed)
    printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", what, seconds(least_user(case_name, "inflate-isal")),
        seconds(least_user(case_name, "inflate-twice-isal")), seconds(least_user(case_name, "inflate-zlib")),
        seconds(least_user(case_name, "breachtally:csv")), seconds(least_user(case_name, "breachtally:" packed)),
        seconds(least_user(case_name, "breachtally-1-thread:csv")), seconds(least_user(case_name, "breachtally-1-thread:" packed)),
        kept == "" ? "-" : sprintf("%.2f, %.2f", kept, rate_kept(case_name, "breachtally-1-thread", packed))
}

# How many times as long the second program took as the first, by medians; "" if one is missing.
function times(case_name, ours, peer) {
    if (!runs[case_name, ours] || !runs[case_name, peer]) return ""
    return median_of(case_name SUBSEP peer) / median_of(case_name SUBSEP ours)
}

# Bytes a second of one program of the formats over those of another; "" if one is missing.
function rates(ours, peer,    ratio) {
    ratio = times("formats", ours, peer)
    return ratio == "" ? "" : ratio * bytes["formats", ours] / bytes["formats", peer]
}

NR > 1 {
    key = $1 SUBSEP $2
    if (!runs[key]) order[++key_count] = key
    wall[key, ++runs[key]] = $4 + 0
    if (!(key in user_least) || $8 + 0 < user_least[key]) user_least[key] = $8 + 0
    if (!(key in best) || $4 + 0 < best[key]) { best[key] = $4 + 0; cpu[key] = $5 }
    if ($6 + 0 > peak[key]) peak[key] = $6 + 0
    if ($2 ~ /^breachtally/ && $2 != "breachtally-roster" && $6 + 0 > peak_ours) peak_ours = $6 + 0
    bytes[key] = $7 + 0
}

END {
    print "## Results\n"
    print "MB/s (10^6 bytes of decoded input) of the median; cpu s of the best round; speed: breachtally's"
    print "median divided by this one's, so 0.25 takes four times as long as breachtally does.\n"
    print "| case | program | best s | median s | cpu s | MB/s | peak MiB | speed |"
    print "|---|---|---:|---:|---:|---:|---:|---:|"
    for (i = 1; i <= key_count; i++) {
        key = order[i]
        split(key, part, SUBSEP)
        median = median_of(key)
        printf "| %s | %s | %.3f | %.3f | %.3f | %.0f | %.0f | %s |\n", part[1], part[2], best[key],
            median, cpu[key], (median > 0 ? bytes[key] / median / 1e6 : 0), peak[key] / 1024,
            beside_ours(part[1], key)
    }

    while ((getline line < failed) > 0) {
        split(line, part, ",")
        printf "%s- %s, %s, round %s: exit %s, no figure\n", failures++ ? "" : "\nFailed:\n\n",
            part[1], part[2], part[3], part[4]
    }
    while ((getline line < answers) > 0) {
        split(line, part, ",")
        lines[part[1], part[2]] = part[3]
        if (!(part[1] in answered)) { answered[part[1]] = 1; cases[++case_count] = part[1] }
    }
    if (case_count > 0) {
        print "\nLines of the answers (customers; DuckDB's one more is the line for records without any):\n"
        print "| case | breachtally | DuckDB |\n|---|---:|---:|"
    }
    for (i = 1; i <= case_count; i++)
        printf "| %s | %s | %s |\n", cases[i], lines[cases[i], "breachtally"], lines[cases[i], "duckdb"]

    if (runs["inflate", "breachtally:csv.gz"]) {
        print "\n## What decoding costs (processor seconds without the system's, the least of the rounds)\n"
        print "| | ISA-L alone | on all cores at once | zlib alone | scan of the CSV | of the packed file | one thread: CSV | packed | rate kept |"
        print "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
        decoding("gzip -1", "inflate", "csv.gz")
        decoding("gzip of the generator", "inflate-generator", "csv.gz-generator")
    }

    print "\n## Targets (ratios of medians in this run; of processor time, of the least)\n"
    print "| what | target | good | measured | |\n|---|---|---|---:|---|"
    target("CSV: times as fast as DuckDB", 1, 4, 8, "x", times("csv", "breachtally", "duckdb"))
    target("NDJSON: times as fast as DuckDB", 1, 2, 5, "x", times("ndjson", "breachtally", "duckdb"))
    target("log, all detectors: times as fast as rg -c with one pattern", 1, 1.5, 4, "x",
        times("log", "breachtally", "ripgrep"))
    target("CSV, gzip -1: times as fast as DuckDB", 1, 3, 6, "x", times("csv.gz", "breachtally", "duckdb"))
    target("CSV, gzip of the generator: times as fast as DuckDB", 1, 3, 6, "x",
        times("csv.gz-generator", "breachtally", "duckdb"))
    target("gzip -1: of the decoder's own rate is kept in a scan", 1, 0.8, "", "", rate_kept("inflate", "breachtally", "csv.gz"))
    target("gzip of the generator: of the decoder's own rate is kept in a scan", 1, 0.8, "", "",
        rate_kept("inflate-generator", "breachtally", "csv.gz-generator"))
    target("peak memory of breachtally, without a roster", -1, 600, "", " MiB", peak_ours == "" ? "" : peak_ours / 1024)
    target("CSV with SHA-256: times as long as without", -1, 1.6, "", "x",
        times("csv", "breachtally", "breachtally-sha256"))
    target("small files: times as long as find, xargs cat, wc", -1, 1.5, "", "x",
        times("small", "find-cat-wc", "breachtally"))
    target("CSV with a roster of all customers: times as long as without", -1, 1.25, "", "x",
        times("roster", "breachtally", "breachtally-roster"))
    target("JSON array: rate beside that of NDJSON", 1, 0.7, "", "x", rates("breachtally:json-array", "breachtally:ndjson"))
    target("SQL dump: rate beside that of CSV", 1, 0.5, "", "x", rates("breachtally:sql", "breachtally:csv"))
    target("tar.gz: times as long as gzip", -1, 1.1, "", "x", times("formats", "breachtally:csv.gz", "breachtally:tar.gz"))
    target("zip: times as long as gzip", -1, 1.1, "", "x", times("formats", "breachtally:csv.gz", "breachtally:zip"))
}
