/* SPDX-License-Identifier: MIT */
/* The options after a rule's target: timeout= and buffer=. */
#include <string.h>

#include "config/read/read.h"

/* A number from 1, and one of the units right behind it. */
static bool read_quantity(struct word w, const struct unit *units, uint64_t max,
			  uint64_t *n)
{
	struct word number = {w.at, 0}, suffix;

	while (number.len < w.len && w.at[number.len] >= '0' &&
	       w.at[number.len] <= '9')
		number.len++;
	suffix = (struct word){w.at + number.len, w.len - number.len};
	while (units->suffix && !word_is(suffix, units->suffix))
		units++;
	if (!units->suffix || !read_number(number, max / units->factor, n))
		return false;
	*n *= units->factor;
	return *n > 0;
}

static uint64_t get_timeout(const struct rule *rule)
{
	return rule->timeout_ms;
}

static void keep_timeout(struct rule *rule, uint64_t n)
{
	rule->timeout_ms = n;
}

static uint64_t get_buffer(const struct rule *rule)
{
	return rule->buffer;
}

static void keep_buffer(struct rule *rule, uint64_t n)
{
	rule->buffer = n;
}

static const struct option {
	const char *prefix;
	const struct unit *units;
	uint64_t max;
	uint64_t (*get)(const struct rule *rule);
	void (*set)(struct rule *rule, uint64_t n);
	const char *expected;
} options[] = {
	{"timeout=", timeout_units, UINT32_MAX, get_timeout, keep_timeout,
	 "expected a time from 1ms to 1193h, such as 250ms, 5s, 2m or 1h"},
	{"buffer=", buffer_units, UINT32_MAX, get_buffer, keep_buffer,
	 "expected a size from 1 to 4294967295 bytes, such as 65536, 64K or "
	 "4M"},
};

static int read_option_value(struct loader *l, struct word w, struct word value,
			     const struct option *option, struct rule *rule)
{
	uint64_t n;

	if (rule->verdict < MAP_VSOCK)
		return fault(l, w, "direct and refuse take no option:",
			     "leave it out");
	if (option->get(rule))
		return fault(l, w, "option given twice:", "leave one out");
	if (!read_quantity(value, option->units, option->max, &n))
		return fault(l, w, "bad value in", option->expected);
	option->set(rule, n);
	return 0;
}

int read_rule_option(struct loader *l, struct word w, struct rule *rule)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct word value = w;

		if (word_skip(&value, options[i].prefix))
			return read_option_value(l, w, value, &options[i],
						 rule);
	}
	return fault(l, w, "unknown option",
		     "expected timeout=TIME or buffer=SIZE, without blanks "
		     "around the \"=\"");
}
