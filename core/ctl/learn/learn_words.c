/* SPDX-License-Identifier: Apache-2.0 */
/* learn_words.c - see learn.h: sets of texts */
#include "ctl/learn/learn.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 20000, STEP = 64 };

/* The place of @text, or where it would be. */
static size_t place(const struct words *w, const char *text, bool *ret_found)
{
	size_t low = 0, high = w->n;

	*ret_found = false;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const int r = strcmp(w->list[mid], text);

		if (r == 0) {
			*ret_found = true;
			return mid;
		}
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void words_add(struct words *w, const char *text)
{
	bool found;
	const size_t at = place(w, text, &found);
	char *copy;

	if (found)
		return;
	if (w->n % STEP == 0) {
		char **const more = reallocarray(w->list, w->n + STEP, sizeof *more);

		if (more != NULL)
			w->list = more;
		w->cut = w->cut || more == NULL || w->n >= WORDS_MAX;
	}
	copy = w->cut ? NULL : strdup(text);
	if (copy == NULL) {
		w->cut = true;
		return;
	}
	memmove(w->list + at + 1, w->list + at, (w->n - at) * sizeof *w->list);
	w->list[at] = copy;
	w->n++;
}

bool words_has(const struct words *w, const char *text)
{
	bool found;

	(void)place(w, text, &found);
	return found;
}

void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->list[i]);
	free(w->list);
	*w = (struct words){ 0 };
}

void seen_free(struct seen *s)
{
	struct words *const all[] = { &s->read,	     &s->written, &s->executed,	 &s->sockets,
				      &s->connected, &s->local,	  &s->bound,	 &s->families,
				      &s->calls,     &s->used,	  &s->namespaces };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		words_free(all[i]);
}
