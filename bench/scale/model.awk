# Fits the cost model of docs/scale.md to scale.csv, holds it against what was left out of the fit, and prints markdown.
#
#   awk -F, -v facts=scale-facts.csv -f model.awk scale.csv
#
# Least squares on relative errors, coefficients not below zero: one that would be is left out, and the rest fitted again.
# Of the rounds of one command the median counts.

function median_of(text,   values, count, i, j, swap) {
    count = split(text, values, " ")
    for (i = 2; i <= count; i++)
        for (j = i; j > 1 && values[j - 1] + 0 > values[j] + 0; j--) { swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap }
    return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

# ---- least squares: observe(), then solve() leaves coefficient[1..features]

function fit_clear(features) { delete sample; delete wanted; delete coefficient; samples = 0; feature_count = features }
function observe(y, a, b, c, d, e) {
    if (y <= 0) return
    wanted[++samples] = y
    sample[samples, 1] = a; sample[samples, 2] = b; sample[samples, 3] = c; sample[samples, 4] = d; sample[samples, 5] = e
}
function solve(   used, i, j, k, n, s, m, f, pivot, least, worst, at) {
    for (i = 1; i <= feature_count; i++) used[i] = 1
    for (;;) {
        n = 0
        for (i = 1; i <= feature_count; i++) if (used[i]) at[++n] = i
        for (i = 1; i <= n; i++) {
            for (j = 1; j <= n; j++) { m[i, j] = 0; for (s = 1; s <= samples; s++) m[i, j] += sample[s, at[i]] * sample[s, at[j]] / wanted[s] ^ 2 }
            m[i, n + 1] = 0
            for (s = 1; s <= samples; s++) m[i, n + 1] += sample[s, at[i]] / wanted[s]
        }
        for (i = 1; i <= n; i++) {
            pivot = m[i, i]
            if (pivot == 0) pivot = 1e-300
            for (j = i; j <= n + 1; j++) m[i, j] /= pivot
            for (k = 1; k <= n; k++) if (k != i) { f = m[k, i]; for (j = i; j <= n + 1; j++) m[k, j] -= f * m[i, j] }
        }
        worst = 0; least = 0
        for (i = 1; i <= n; i++) { coefficient[at[i]] = m[i, n + 1]; if (m[i, n + 1] < least) { least = m[i, n + 1]; worst = at[i] } }
        if (!worst) return
        used[worst] = 0; coefficient[worst] = 0
    }
}
function fit_error(   s, i, y, sum) {
    for (s = 1; s <= samples; s++) {
        y = 0
        for (i = 1; i <= feature_count; i++) y += coefficient[i] * sample[s, i]
        sum += y > wanted[s] ? y / wanted[s] - 1 : 1 - y / wanted[s]
    }
    return samples ? 100 * sum / samples : 0
}

# ---- reading

BEGIN {
    while ((getline line < facts) > 0) {
        split(line, f, ",")
        if (f[1] + 0 == 0) continue
        fact_key[++fact_count] = f[1] "," f[2] "," f[3]
        affected[fact_count] = f[4]; identifiers[fact_count] = f[5]; points[fact_count] = f[6]
    }
}
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
    key = $column["step"] "," $column["customers"] "," $column["rows"] "," $column["shards"] "," $column["spread"] "," $column["fitted"] "," \
        $column["fan_in"] "," $column["level"]
    if ($column["step"] ~ /^objects/) key = key "," $column["items"]
    if (!(key in row)) { keys[++key_count] = key; row[key] = $0 }
    users[key] = users[key] " " $column["user_s"]
    systems[key] = systems[key] " " $column["sys_s"]
    peaks[key] = peaks[key] " " $column["peak_kib"]
}
function get(name) { return name in column ? field[column[name]] : 0 }
function take(key) { split(row[key], field, ","); user = median_of(users[key]); system_s = median_of(systems[key]); peak = median_of(peaks[key]) }

# ---- what a tree of merges sees: a key in `spread` of so many shards is in a group of `group` with 1 - (1 - group / shards) ^ spread

function distinct_in(customers, spread, group, shards) { return customers * (1 - (1 - (group < shards ? group : shards) / shards) ^ spread) }
function merge_cost(merges, entries_in, entries_out, raw_in, digests) {
    return merge[1] * merges + merge[2] * entries_in + merge[3] * entries_out + merge[4] * raw_in + merge[5] * digests
}

# Record digests: a run holds them under their first two bytes, and its footer counts these; each row of the data has one.
function digests(of) { return get(of) > 0 ? get("rows") : 0 }

# Every shard looks into all files that may be cut: here as many as there are shards, all of one size, where that is above 1 MiB.
function looks() { return get("shards") > 1 && get("evidence_bytes") / get("shards") > 1048576 ? get("shards") ^ 2 : 0 }

function error_row(what, predicted, measured, form) {
    printf "| %s | " form " | " form " | %+.0f %% |\n", what, predicted, measured, 100 * (predicted / measured - 1)
    e = predicted / measured - 1
    error_sum += e < 0 ? -e : e
    error_count++
    if ((e < 0 ? -e : e) > error_worst) error_worst = e < 0 ? -e : e
}

function fit_all(   i, k) {
    fit_clear(5)
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && get("fitted")) observe(user, get("shards"), get("evidence_bytes"), get("entries_out"), digests("digests_out"), looks())
    }
    solve(); for (i = 1; i <= 5; i++) scan[i] = coefficient[i]; scan_error = fit_error()

    fit_clear(5)
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "merge" && get("fitted")) observe(user, get("items"), get("entries_in"), get("entries_out"), get("raw_in"), digests("digests_in"))
    }
    solve(); for (i = 1; i <= 5; i++) merge[i] = coefficient[i]; merge_error = fit_error()

    fit_clear(2) # bytes of the shards' entries, before packing
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && get("fitted")) observe(get("raw_out"), get("entries_out"), get("rows"))
    }
    solve(); raw[1] = coefficient[1]; raw[2] = coefficient[2]; raw_error = fit_error()

    fit_clear(1) # what packing leaves of them
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && get("fitted")) observe(get("file_out"), get("raw_out"))
    }
    solve(); packed = coefficient[1]; packed_error = fit_error()

    fit_clear(2)
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && get("fitted")) observe(get("digests_file_out"), digests("digests_out"), get("digests_out"))
    }
    solve(); digest_bytes = coefficient[1]; digest_entry_bytes = coefficient[2]

    fit_clear(3) # memory of a shard's scan
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && get("fitted")) observe(peak * 1024, 1, get("entries_out") / get("shards"), get("raw_out") / get("shards"))
    }
    solve(); for (i = 1; i <= 3; i++) memory[i] = coefficient[i]; memory_error = fit_error()

    fit_clear(3) # an entry of the whole, by what is in it
    for (i = 1; i <= fact_count; i++)
        if (fact_key[i] in final_raw) observe(final_raw[fact_key[i]], affected[i], identifiers[i], points[i])
    solve(); for (i = 1; i <= 3; i++) holds[i] = coefficient[i]; holds_error = fit_error()
}

function print_coefficients() {
    print "### Coefficients\n"
    print "| what | | measured or fitted |\n|---|---|---:|"
    printf "| s0 | scan, user CPU a shard: start, listing, closing | %.1f ms |\n", scan[1] * 1e3
    printf "| s1 | scan, user CPU a byte of CSV | %.2f ns (%.0f MB/s a core) |\n", scan[2] * 1e9, (scan[2] > 0 ? 1e-6 / scan[2] : 0)
    printf "| s2 | scan, user CPU an entry that it leaves, written as a run | %.2f us |\n", scan[3] * 1e6
    printf "| s3 | scan, user CPU a record digest that it leaves | %.3f us |\n", scan[4] * 1e6
    printf "| s4 | scan, user CPU a look at a file that may be cut | %.2f ms |\n", scan[5] * 1e3
    printf "| m0 | merge, user CPU a merge | %.1f ms |\n", merge[1] * 1e3
    printf "| m1 | merge, user CPU an entry read | %.2f us |\n", merge[2] * 1e6
    printf "| m2 | merge, user CPU an entry left: written, loaded, resolved, reported | %.2f us |\n", merge[3] * 1e6
    printf "| m3 | merge, user CPU a raw byte read | %.2f ns |\n", merge[4] * 1e9
    printf "| m4 | merge, user CPU a record digest read | %.3f us |\n", merge[5] * 1e6
    printf "| b0 + b1 x records | raw bytes of a shard's entry | %.0f + %.1f x records in it |\n", raw[1], raw[2]
    printf "| h | raw bytes of an entry of the whole | %.0f + %.1f x identifiers + %.1f x points |\n", holds[1], holds[2], holds[3]
    printf "| z | bytes in the file for each raw byte (zstd) | %.2f |\n", packed
    printf "| g | bytes in the file for each record digest | %.1f, and %.1f for each of at most 65,536 beginnings in a run |\n", digest_bytes, digest_entry_bytes
    printf "| r | peak memory of a scan | %.0f MiB + %.0f bytes an entry + %.1f bytes a raw byte of it |\n", memory[1] / 1048576, memory[2], memory[3]
    printf "\nMean error of the fits: scan %.0f %%, merge %.0f %%, raw bytes %.0f %%, packing %.0f %%, memory %.0f %%, entry of the whole %.0f %%.\n\n",
        scan_error, merge_error, raw_error, packed_error, memory_error, holds_error
}

function print_left_out(   k, name, n, groups, step, total, measured, group, entries, fan_in, levels, shards, spread, config, in_entries, out_entries, records) {
    print "### Predicted and measured, sizes that the fit has not seen\n"
    print "| what | predicted | measured | error |\n|---|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") == "scan" && !get("fitted")) {
            config = get("customers") "," get("shards") "," get("spread")
            name = sprintf("%d customers, %d shards, up to %d", get("customers"), get("shards"), get("spread"))
            error_row(name ": scans, CPU s", scan[1] * get("shards") + scan[2] * get("evidence_bytes") + scan[3] * get("entries_out") + scan[4] * digests("digests_out") + scan[5] * looks(), user, "%.2f")
            error_row(name ": runs, MB", (raw[1] * get("entries_out") + raw[2] * get("rows")) * packed / 1e6, get("file_out") / 1e6, "%.1f")
            error_row(name ": peak of a scan, MiB", (memory[1] + memory[2] * get("entries_out") / get("shards") + memory[3] * (raw[1] * get("entries_out") + raw[2] * get("rows")) / get("shards")) / 1048576, peak / 1024, "%.1f")
            entries_of[config] = get("entries_out"); rows_of[config] = get("rows"); digests_of[config] = digests("digests_out")
        }
        if (get("step") == "merge" && !get("fitted")) {
            config = get("customers") "," get("shards") "," get("spread") "," get("fan_in")
            if (!(config in tree_user)) tree_order[++tree_count] = config
            tree_user[config] += user
            tree_out[config] = get("file_out")
        }
    }
    for (k = 1; k <= tree_count; k++) {
        split(tree_order[k], field, ",")
        config = field[1] "," field[2] "," field[3]
        shards = field[2]; fan_in = field[4] == "all" ? shards : field[4]
        spread = entries_of[config] / field[1]; records = rows_of[config]
        total = 0
        for (group = 1; group < shards; group *= fan_in) {
            in_entries = shards / group * distinct_in(field[1], spread, group, shards)
            groups = shards / (group * fan_in); if (groups < 1) groups = 1
            out_entries = groups * distinct_in(field[1], spread, group * fan_in, shards)
            if (fan_in > 48) out_entries = distinct_in(field[1], spread, 48, shards) + distinct_in(field[1], spread, shards - 48, shards)
            total += merge_cost(groups, in_entries, out_entries, raw[1] * in_entries + raw[2] * records, digests_of[config])
        }
        error_row(sprintf("%d customers, %d shards, up to %d, fan-in %s: merges, CPU s", field[1], field[2], field[3], field[4]), total, tree_user[tree_order[k]], "%.2f")
    }
    if (error_count) printf "\nMean of the errors without sign %.0f %%, the largest %.0f %%.\n\n", 100 * error_sum / error_count, 100 * error_worst
}

# Entries of many records are in the fit, but few among many: how far off it is for them.
function print_heavy(   k) {
    print "### Fitted and measured: merges of entries with 60 records and more\n"
    print "| what | modelled | measured | error | measured us an entry read |\n|---|---:|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") != "merge" || get("rows") < 100 * get("customers")) continue
        printf "| %d customers, fan-in %s, level %d%s, CPU s | %.2f | %.2f | %+.0f %% | %.1f |\n", get("customers"), get("fan_in"), get("level"),
            get("digests_in") ? "" : ", no record digests", merge_cost(get("items"), get("entries_in"), get("entries_out"), get("raw_in"), digests("digests_in")),
            user, 100 * (merge_cost(get("items"), get("entries_in"), get("entries_out"), get("raw_in"), digests("digests_in")) / user - 1), 1e6 * user / get("entries_in")
    }
    print ""
}

function print_steps(   k, name, first, others) {
    print "### Formats, one core\n"
    print "1,000 customers, so that what is counted costs next to nothing; entries beyond these are of identifiers that nobody is named for.\n"
    print "| format | decoded MB | user CPU s | MB/s a core | entries | raw bytes of all |\n|---|---:|---:|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") !~ /^format-/) continue
        name = substr(get("step"), 8)
        rate[name] = get("evidence_bytes") / user
        printf "| %s | %.0f | %.3f | %.0f | %d | %d |\n", name, get("evidence_bytes") / 1e6, user, rate[name] / 1e6, get("entries_out"), get("raw_out")
        # Of the customers alone, who have 64 points each: those of nobody are entries of one record or two.
        if (name == "csv") heavy = (get("raw_out") - (get("entries_out") - get("customers")) * (raw[1] + raw[2])) / get("customers")
    }
    print "\n### Files\n"
    print "| what | files | user CPU s | system CPU s | peak MiB | state.run, bytes | raw |\n|---|---:|---:|---:|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") !~ /^objects/) continue
        printf "| %s | %d | %.3f | %.3f | %.1f | %d | %d |\n", get("step"), get("items"), user, system_s, peak / 1024, get("file_out"), get("raw_out")
        n = get("step")
        if (n in few) {
            others = get("items") - few[n]
            object_user[n] = (user - few_user[n]) / others; object_system[n] = (system_s - few_system[n]) / others
            object_peak[n] = (peak - few_peak[n]) * 1024 / others; object_file[n] = (get("file_out") - few_file[n]) / others
            object_raw[n] = (get("raw_out") - few_raw[n]) / others
        }
        few[n] = get("items"); few_user[n] = user; few_system[n] = system_s; few_peak[n] = peak; few_file[n] = get("file_out"); few_raw[n] = get("raw_out")
    }
    print "\nEach file more:\n\n| what | user us | system us | bytes of memory | bytes of state.run | raw |\n|---|---:|---:|---:|---:|---:|"
    for (n in object_user) printf "| %s | %.1f | %.1f | %.0f | %.1f | %.0f |\n", n, object_user[n] * 1e6, object_system[n] * 1e6, object_peak[n], object_file[n], object_raw[n]
    print "\n### Checkpoints\n"
    print "| between two | runs of holders | user CPU s | entries written | bytes of runs | user us an entry more |\n|---|---:|---:|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") !~ /^checkpoint-/) continue
        if (!first) { first = 1; base_user = user; base_entries = get("entries_out") }
        printf "| %s | %d | %.3f | %d | %d | %s |\n", substr(get("step"), 12), get("items"), user, get("entries_out"), get("file_out"),
            (get("entries_out") - base_entries > 0 ? sprintf("%.2f", 1e6 * (user - base_user) / (get("entries_out") - base_entries)) : "")
    }
    print "\n### Threads of a merge: one shard with many checkpoints\n"
    print "| threads of scan and merge | runs in the shard | entries read | entries left | user CPU s | system CPU s |\n|---|---:|---:|---:|---:|---:|"
    for (k = 1; k <= key_count; k++) {
        take(keys[k])
        if (get("step") !~ /^threads-/) continue
        printf "| %s | %d | %d | %d | %.3f | %.3f |\n", substr(get("step"), 9), get("items"), get("entries_in"), get("entries_out"), user, system_s
    }
    print ""
}

function human(seconds) {
    if (seconds < 120) return sprintf("%.0f s", seconds)
    if (seconds < 7200) return sprintf("%.0f min", seconds / 60)
    if (seconds < 172800) return sprintf("%.1f h", seconds / 3600)
    return sprintf("%.1f days", seconds / 86400)
}
function size(bytes) {
    if (bytes < 1e9) return sprintf("%.0f MB", bytes / 1e6)
    if (bytes < 1e12) return sprintf("%.0f GB", bytes / 1e9)
    return sprintf("%.1f TB", bytes / 1e12)
}

# 1 PB of CSV, 10^9 customers, on 1,000 nodes; what a customer's rows are spread over decides nearly all.
function plan(name, s, text) { if (!(name in planned)) { planned[name] = 1; lines[++line_count] = name } out[name, s] = text }
function print_plan(   evidence, customers, nodes, cores, wire, row_bytes, rows, s, spread, spreads, count, k, entries, per, bytes, seconds, slices, written, kept, objects, each, of_one) {
    evidence = 1e15; customers = 1e9; nodes = 1000; cores = 32; wire = 25e9 / 8; row_bytes = 195; objects = 1e7
    rows = evidence / row_bytes
    count = split("1 4 32 1000", spreads, " ")
    for (s = 1; s <= count; s++) {
        spread = spreads[s]; entries = customers * spread; per = entries / nodes; of_one = rows / entries
        seconds = (scan[2] * evidence / nodes + scan[3] * per + scan[4] * rows / nodes) / cores
        if (evidence / nodes / wire > seconds) seconds = evidence / nodes / wire
        slices = seconds / 8
        kept = of_one < slices ? of_one : distinct_in(slices, of_one, 1, slices)
        written = per * kept
        bytes = entry_bytes(of_one); each = entry_bytes(of_one / kept)
        plan("P = nodes that hold a customer", s, spread)
        plan("E = entries a node = 10^9 P / 1,000", s, sprintf("%.1e", per))
        plan("records of a customer in a node = 5.1 x 10^12 / 10^9 P", s, sprintf("%.0f", of_one))
        plan("B = bytes of its entry, packed = z x min(b0 + b1 x records, full)", s, sprintf("%.0f", bytes))
        plan("scan: CPU = (s1 x 1 TB + s2 E + s3 x 5.1 x 10^9) / 32", s, human((scan[2] * evidence / nodes + scan[3] * per + scan[4] * rows / nodes) / cores))
        plan("scan: reading = 1 TB / 3.1 GB/s", s, human(evidence / nodes / wire))
        plan("memory, all entries at once = r0 + r1 E + r2 x raw bytes", s, size(memory[1] + memory[2] * per + memory[3] * bytes / packed * per))
        plan("disk: runs, were there no checkpoints = B E", s, size(bytes * per))
        plan("C = entries of a customer with one checkpoint each 8 s, records in any order", s, sprintf("%.1f", kept))
        plan("disk: runs, as they are left = C E x bytes", s, size(each * written))
        plan("disk: record digests = g x 5.1 x 10^9", s, size(digest_bytes * rows / nodes))
        plan("network: runs of all nodes, each merged first = 1,000 B E", s, size(bytes * entries))
        plan("network: runs of all nodes, as they are left", s, size(each * written * nodes))
        plan("one merge, one core, nodes merged first = m1 x 1,000 E + m2 x 10^9 + m3 x raw bytes of 1,000 E", s, human(merge_cost(1, entries, customers, bytes / packed * entries, 0)))
        plan("one merge, one core, as they are left", s, human(merge_cost(1, written * nodes, customers, each / packed * written * nodes, 0)))
        plan("one merge: its wire, nodes merged first", s, human(bytes * entries / wire))
        plan("one merge: disk for the merged case = (B + 123 for impact.csv) x 10^9", s, size((entry_bytes(rows / customers) + 123) * customers))
        tree_plan(s, 2, customers, spread, nodes, wire, rows)
        tree_plan(s, 4, customers, spread, nodes, wire, rows)
        tree_plan(s, 8, customers, spread, nodes, wire, rows)
        tree_plan(s, 32, customers, spread, nodes, wire, rows)
        plan("ranges on 1,000 nodes: CPU of one = one merge / 1,000 / 32", s, human(merge_cost(1, entries, customers, bytes / packed * entries, 0) / cores / nodes))
        plan("ranges on 1,000 nodes: wire of one", s, human(bytes * entries / nodes / wire))
        plan("record digests in one merge, one core = m4 x 5.1 x 10^12", s, human(merge[5] * rows))
        plan("record digests over ranges on 1,000 nodes x 32 cores", s, human(merge[5] * rows / nodes / cores))
    }
    print "### 1 PB of CSV, 10^9 customers, 1,000 nodes of 32 cores, 128 GiB, 25 Gbit/s: modelled\n"
    for (k = 1; k <= line_count; k++) {
        printf "| %s |", lines[k]
        for (s = 1; s <= count; s++) printf " %s |", out[lines[k], s]
        print ""
        if (k == 1) print "|---|---:|---:|---:|---:|"
    }
    printf "\nfull = %.0f raw bytes (64 points and more, measured, less the entries of nobody); %.2g records of %d bytes.\n\n", heavy, rows, row_bytes
    print "The ledger, 10^7 files of 100 MB, whatever P:\n\n| what | |\n|---|---:|"
    printf "| memory of a node for the files of the others = 10^7 x %.0f bytes | %s |\n", object_peak["objects-elsewhere"], size(objects * object_peak["objects-elsewhere"])
    printf "| listing them, one core of each node, user and system | %s |\n", human(objects * (object_user["objects-elsewhere"] + object_system["objects-elsewhere"]))
    printf "| looks at the storage, all nodes | %.0e |\n", objects * nodes
    printf "| state.run, written at every checkpoint | %s, %s raw |\n", size(objects * object_file["objects-elsewhere"]), size(objects * object_raw["objects-elsewhere"])
    each = object_peak["objects-merge"] # of however many shards: what their lists have in common is kept once
    printf "| memory of a merge of shards = 10^7 x %.0f bytes | %s |\n", each, size(objects * each)
}
function entry_bytes(records,   bytes) { bytes = raw[1] + raw[2] * records; return packed * (bytes < heavy ? bytes : heavy) }

# Merges of one level run side by side on as many nodes; the time of a level is that of one merge.
function tree_plan(s, fan_in, customers, spread, nodes, wire, rows,   group, next_group, one_in, one_out, bytes, total, last) {
    total = 0
    for (group = 1; group < nodes; group = next_group) {
        next_group = group * fan_in; if (next_group > nodes) next_group = nodes
        one_in = next_group / group * distinct_in(customers, spread, group, nodes)
        one_out = distinct_in(customers, spread, next_group, nodes)
        bytes = entry_bytes(rows * next_group / nodes / one_in)
        last = merge_cost(1, one_in, one_out, bytes / packed * one_in, 0)
        if (bytes * one_in / wire > last) last = bytes * one_in / wire
        total += last
    }
    plan("tree of fan-in " fan_in ", one core a merge, a level side by side: all, the last", s, human(total) ", " human(last))
}

END {
    for (k = 1; k <= key_count; k++) { # the last level of any tree is the whole
        take(keys[k])
        if (get("step") == "merge" && get("items") == 1 && get("fan_in") != "all") final_raw[get("customers") "," get("shards") "," get("spread")] = get("raw_out")
    }
    fit_all()
    print_coefficients()
    print_left_out()
    print_heavy()
    print_steps()
    print_plan()
}
