/* SPDX-License-Identifier: MIT */
/* How host names are spelled. */
#include "config/hostname.h"

#include "config/table.h"

#define BOM "\xef\xbb\xbf" /* U+FEFF in UTF-8 */

bool looks_like_v4(struct word w)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t base = 10;
	const char *dot;
	struct word label;

	if (w.len && w.at[w.len - 1] == '.')
		w.len--;
	dot = word_last(w, '.');
	label = dot ? word_after(w, dot) : w;
	if (word_skip(&label, "0x") || word_skip(&label, "0X"))
		base = strlen(digits);
	for (size_t i = 0; i < label.len; i++)
		if (!memchr(digits, label.at[i], base))
			return false;
	return label.len > 0 || base != 10;
}

static bool is_label(struct word w)
{
	return word_is_plain(w, "*/[]%@:\\\"'") && 0 < w.len && w.len <= 63;
}

bool is_host_name(struct word w)
{
	const char *dot;

	word_skip(&w, "*.");
	if (w.len && w.at[w.len - 1] == '.')
		w.len--;
	/* Three bytes that nobody sees: a file's mark of its encoding. */
	if (w.len > 253 || memmem(w.at, w.len, BOM, strlen(BOM)) ||
	    looks_like_v4(w))
		return false;
	while ((dot = memchr(w.at, '.', w.len))) {
		if (!is_label(word_before(w, dot)))
			return false;
		w = word_after(w, dot);
	}
	return is_label(w);
}

size_t fold_name(struct word w, char folded[NAME_SIZE])
{
	if (w.len && w.at[w.len - 1] == '.')
		w.len--;
	if (w.len >= NAME_SIZE)
		return 0;
	for (size_t i = 0; i < w.len; i++) {
		bool upper = w.at[i] >= 'A' && w.at[i] <= 'Z';

		folded[i] = upper ? w.at[i] + ('a' - 'A') : w.at[i];
	}
	folded[w.len] = '\0';
	return w.len;
}

bool is_localhost(struct word w)
{
	char folded[NAME_SIZE];

	return fold_name(w, folded) && strcmp(folded, "localhost") == 0;
}

bool map_is_localhost(const char *name)
{
	return is_localhost((struct word){name, strlen(name)});
}
