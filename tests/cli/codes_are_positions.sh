# Every code and scale of a position under its name: whose fix it is, and how many places it makes.
. "$EXPECT"

for file in "$FIXTURES"/codes/*; do
    name=${file##*/}
    scan 0 case "$file"
    echo "== $name: fixes $(summary case .loc_fixes), refused $(jq -r '[.rejected_by_reason // {} | to_entries[] | select(.value > 0) | "\(.key) \(.value)"] | join(", ")' case/summary.json)"
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
             { print $1, "fixes", $at["loc_fixes"], "points", $at["loc_points"], "cells", $at["loc_cells"] }' case/impact.csv
done
