# cordon.rules.5.in, then the same page with its table -> the page; each block between
# "@intro TITLE", "@values DIRECTIVE" or "@notes DIRECTIVE" and "@end" is moved into the table:
# below the section title, behind the help text, or at the end of the directive's entry
function put(key) {
	if ((key in text) && !(key in used)) printf "%s", text[key]
	used[key] = 1
}
function finish() {
	if (name != "") put("@notes " name)
	name = ""
}
FNR == 1 { pass++ }
/^@(intro|values|notes) / {
	block = $0
	if (pass == 1) text[block] = ""
	next
}
/^@end$/ { block = ""; next }
block != "" {
	if (pass == 1) text[block] = text[block] $0 "\n"
	next
}
pass == 1 { next }
/^\.(It Sy [A-Za-z]+=$|El$|Ss |Sh )/ { finish() }
{ print }
/^\.Ss / { put("@intro " substr($0, 5)) }
help { put("@values " name); help = 0 }
/^\.It Sy [A-Za-z]+=$/ {
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
