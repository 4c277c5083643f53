# texts.awk: what the prompt's help says, collected from the sources.
#
#   awk -f texts.awk lua/mlrt/*.lua docs/reference/*.md docs/guide/*.md
#
# Of a Lua file: its opening comment, and each comment that begins with ---
# together with the line that it stands above. Of the reference: each operation.
# Of a guide: all of it. The output is a Lua file that returns one string; a
# line "@@ kind rest" begins a record.

BEGIN { print "return [======[" }
END { print "]======]" }

FNR == 1 {
    name = FILENAME
    reference = name ~ /reference\//
    page = name ~ /\.md$/ && !reference
    doc = ""
    if (page) {
        gsub(/.*\/|\.md$/, "", name)
        print "@@ guide " name
    } else if (reference) {
        print "@@ none " name
    } else {
        sub(/^lua\//, "", name)
        print "@@ file " name
        top = 1
    }
}

page { print; next }
reference && /^## / { print "@@ op " substr($0, 4); next }
reference { print; next }

top && /^--/ { sub(/^-- ?/, ""); print; next }
{ top = 0 }

/^---/ {
    sub(/^--- ?/, "")
    doc = doc == "" ? $0 : doc "\n" $0
    next
}
doc != "" && /^--/ { sub(/^-- ?/, ""); doc = doc "\n" $0; next }
doc != "" && /./ {
    print "@@ doc " $0
    print doc
}
{ doc = "" }
