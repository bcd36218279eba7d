# cordon.rules.5.in, then the table of directives -> the table; each block of the page between
# "@intro TITLE", "@values DIRECTIVE" or "@notes DIRECTIVE" and "@end" is put into the table: below
# the section title, behind the help text, or at the end of the directive's entry
function put(key) {
	if (key in text) printf "%s", text[key]
	used[key] = 1
}
function finish() {
	if (name != "") put("@notes " name)
	name = ""
}
FNR == 1 { file++ }
file == 1 {
	if (/^@end$/) block = ""
	if (block != "") text[block] = text[block] $0 "\n"
	if (/^@(intro|values|notes) /) block = $0
	next
}
/^\.(It Sy |El$|Ss )/ { finish() }
{ print }
/^\.Ss / { put("@intro " substr($0, 5)) }
help { put("@values " name); help = 0 }
/^\.It Sy / {
	name = substr($3, 1, length($3) - 1)
	help = 1
}
END {
	for (key in text)
		if (!(key in used)) {
			print "notes.awk: " key ": no such place in the table" >"/dev/stderr"
			exit 1
		}
}
