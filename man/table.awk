# examples.txt, settings.def -> the list of directives in mdoc
FILENAME ~ /examples/ {
	if (/^\t?[A-Za-z]+=/) {
		text = $0
		sub(/^\t/, "", text)
		if (text == $0) {
			name = $0
			sub(/=.*/, "", name)
		}
		gsub(/\\/, "\\e", text)
		gsub(/"/, "\\(dq", text)
		gsub(/'/, "\\(aq", text)
		gsub(/-/, "\\-", text)
		gsub(/~/, "\\(ti", text)
		example[name] = example[name] ".Dl " text "\n"
	}
	next
}
/^\/\* [a-z]/ && !/settings.def/ {
	text = $0
	gsub(/^\/\* | \*\/$/, "", text)
	if (text ~ /^[a-z]/) {
		if (open) print ".El"
		print ".Ss " toupper(substr(text, 1, 1)) substr(text, 2)
		open = 0
	}
}
/^(SETTING|LIMIT)\(/ {
	if (!open) print ".Bl -tag -width Ds"
	open = 1
	line = $0
	sub(/^SETTING\(|^LIMIT\(/, "", line)
	split(line, head, /, */)
	n = split(line, quoted, /"/)
	if (/^LIMIT/) {
		head[1] = "Limit" head[1]
		head[4] = "REPLACE"
	}
	def = quoted[2]
	help = quoted[4]
	print ".It Sy " head[1] "="
	if (help ~ /^[a-z]+[ ,;\/]/) # a word, and not "tcp:", "source[:target]" or "personality(2)"
		help = toupper(substr(help, 1, 1)) substr(help, 2)
	gsub(/\\/, "\\e", help)
	print help "."
	if (head[4] == "APPEND") print "This is a list; see\n.Sx Lists ."
	if (def != "") { print "Default:"; print ".Ql " def " ." }
	printf "%s", example[head[1]]
}
END { if (open) print ".El" }
