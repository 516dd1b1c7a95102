# Divides the rows of one CSV of the generator over shards, so that a customer is in about `spread` of them.
#
#   awk -F, -v shards=16 -v spread=4 -v folder=DIR -f divide.awk FILE
#
# Which shards are a customer's follows from its number alone; they lie scattered, since neighbours that hold the same customers
# would flatter a tree of merges. Rows without customer go round.

NR == 1 {
    for (s = 0; s < shards; s++) {
        file[s] = sprintf("%s/part-%03d.csv", folder, s)
        print > file[s]
    }
    next
}

$1 == "" { print > file[NR % shards]; next }

{
    number = substr($1, 2) + 0
    step = 1 + (number * 7919) % (shards - 1)
    print > file[(int(number * 618.0339887) + (seen[$1]++ % spread) * step) % shards]
}
