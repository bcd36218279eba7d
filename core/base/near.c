/* SPDX-License-Identifier: Apache-2.0 */
/* near.c - see near.h */
#include "base/near.h"

#include <ctype.h>
#include <string.h>

enum { NEAR_LEN = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The restricted Damerau-Levenshtein distance of two short names, computed in three rows. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_LEN + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	const size_t la = strlen(a), lb = strlen(b);

	for (unsigned j = 0; j <= lb; j++)
		last[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *spare = before;

		now[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			const int ca = tolower((unsigned char)a[i - 1]);
			const int cb = tolower((unsigned char)b[j - 1]);

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[lb];
}

void near_start(struct near *n, const char *bad)
{
	const size_t len = strlen(bad);

	n->bad = len > 0 && len <= NEAR_LEN ? bad : NULL;
	n->best = NULL;
	/* a short word may differ in one letter, a long one in three: with more it is another word */
	n->distance = len < 5 ? 2 : len < 12 ? 3 : 4;
}

void near_try(struct near *n, const char *name)
{
	unsigned d;

	if (n->bad == NULL || strlen(name) > NEAR_LEN)
		return;
	d = distance(n->bad, name);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}
