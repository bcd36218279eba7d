/* settings.h - the merged [Session] of one login, and the types behind settings.def */
#ifndef CORDON_POLICY_SETTINGS_H
#define CORDON_POLICY_SETTINGS_H

#include "../base/err.h"
#include "../base/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a value was written; file NULL: it is the default. */
struct origin {
	const char *file; /* owned by the rule set, lives as long as it does */
	unsigned line;
};

struct set_num {
	uint64_t v;
	struct origin from;
};

struct set_pair {
	uint64_t soft, hard; /* LIMIT_INFINITY: no limit */
	bool given;
	struct origin from;
};

struct set_item {
	char *text;    /* specifiers expanded once settings_expand() has run */
	bool optional; /* it was written with a leading "-", which @text no longer has */
	struct origin from;
};

struct set_list {
	struct set_item *items;
	size_t n;
	struct origin from; /* of the last line that touched the list, an emptying one included */
};

#define SET_NUM  struct set_num
#define SET_PAIR struct set_pair
#define SET_LIST struct set_list

/**
 * struct settings - what one session gets: one member a row of settings.def
 *
 * Initialised by settings_init() (the defaults), filled by the parser, freed by settings_free().
 */
struct settings {
#define SETTING(Name, field, type, merge, def, help) STORED(SET_, type) field;
#include "../settings.def"
#undef SETTING
};

#endif
