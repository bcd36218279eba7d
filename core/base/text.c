/* text.c - see text.h */
#include "text.h"

size_t text_number(char *buf, size_t size, const char *pattern, uint64_t number, unsigned base)
{
	char digits[24]; /* of 64 bits, octal: 22 */
	size_t at = 0, n = 0;

	do
		digits[n++] = (char)('0' + number % base);
	while ((number /= base) != 0);
	for (; *pattern != '\0'; pattern++) {
		const size_t more = *pattern == '#' ? n : 1;

		if (at + more >= size) {
			buf[0] = '\0';
			return 0;
		}
		if (*pattern != '#')
			buf[at++] = *pattern;
		else
			for (size_t i = n; i-- > 0;)
				buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return at;
}
