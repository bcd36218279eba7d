# cordon.rules(5): its table of directives is settings.def with examples.txt, the text around it cordon.rules.5.in
MAN5 = $(B)/man/cordon.rules.5
$(MAN5): man/cordon.rules.5.in core/settings.def man/examples.txt man/table.awk
	@mkdir -p $(@D)
	awk -f man/table.awk man/examples.txt core/settings.def >$@.table
	sed -e '/^@TABLE@$$/{r $@.table' -e 'd;}' man/cordon.rules.5.in >$@
	@rm -f $@.table
all: $(MAN5)
