/* SPDX-License-Identifier: MIT */
/*
 * The text of addresses, both ways. Signal handlers and code that runs before
 * main() print addresses: nothing here allocates, locks or uses stdio.
 */
#include "vsock/vsock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	uint32_t cid;
	const char *name;
} well_known[] = {
	{VSOCK_CID_HYPERVISOR, "hypervisor"},
	{VSOCK_CID_LOCAL, "local"},
	{VSOCK_CID_HOST, "host"},
};

#define N_WELL_KNOWN (sizeof(well_known) / sizeof(well_known[0]))

static const char *cid_name(uint32_t cid)
{
	for (size_t i = 0; i < N_WELL_KNOWN; i++)
		if (well_known[i].cid == cid)
			return well_known[i].name;
	return "vm";
}

/* ---- Writing ------------------------------------------------------- */

/* len counts what was put, buf holds what fits of it. */
struct addr_text {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct addr_text *text, char c)
{
	if (text->len + 1 < text->size)
		text->buf[text->len] = c;
	text->len++;
}

static void put_text(struct addr_text *text, const char *s)
{
	while (*s)
		put_char(text, *s++);
}

static void put_decimal(struct addr_text *text, uint32_t n)
{
	if (n >= 10)
		put_decimal(text, n / 10);
	put_char(text, (char)('0' + n % 10));
}

static void put_people(struct addr_text *text, const struct vsock_addr *addr)
{
	put_text(text, cid_name(addr->cid));
	put_char(text, '(');
	put_decimal(text, addr->cid);
	put_text(text, "):");
	put_decimal(text, addr->port);
}

static int end_text(const struct addr_text *text)
{
	if (text->size > 0)
		text->buf[text->len < text->size ? text->len : text->size - 1] =
			0;
	return (int)text->len;
}

int vsock_addr_text(const struct vsock_addr *addr, char *buf, size_t size)
{
	struct addr_text text = {.buf = buf, .size = size};

	put_people(&text, addr);
	return end_text(&text);
}

int vsock_addr_rule_text(const struct vsock_addr *addr, char *buf, size_t size)
{
	struct addr_text text = {.buf = buf, .size = size};

	put_text(&text, VSOCK_NETWORK ":");
	if (addr->cid == VSOCK_CID_ANY)
		put_text(&text, "any");
	else
		put_decimal(&text, addr->cid);
	put_char(&text, ':');
	put_decimal(&text, addr->port);
	return end_text(&text);
}

int vsock_addr_file_name(const struct vsock_addr *addr, char *buf, size_t size)
{
	struct addr_text text = {.buf = buf, .size = size};

	put_text(&text, VSOCK_NETWORK ":");
	put_people(&text, addr);
	return end_text(&text);
}

/* ---- Reading ------------------------------------------------------- */

/* Each reads from *p and moves it behind what it has read. */

static bool take_word(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* isdigit() looks at the locale. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A leading zero is refused: elsewhere it would mean octal. */
static int take_number(const char **p, uint32_t *number)
{
	uint64_t n = 0;

	if (!is_digit(**p) || (**p == '0' && is_digit((*p)[1])))
		return -EINVAL;
	for (; is_digit(**p); ++*p)
		if (n <= UINT32_MAX)
			n = n * 10 + (uint64_t)(**p - '0');
	if (n > UINT32_MAX)
		return -ERANGE;
	*number = (uint32_t)n;
	return 0;
}

/* host(2) */
static int take_people_cid(const char **p, uint32_t *cid)
{
	const char *word = *p, *name;
	size_t n = strcspn(word, "(");
	int err;

	*p += n;
	if (!take_word(p, "("))
		return -EINVAL;
	err = take_number(p, cid);
	if (err)
		return err;
	name = cid_name(*cid);
	if (!take_word(p, ")") || strlen(name) != n ||
	    strncmp(name, word, n) != 0)
		return -EINVAL;
	return 0;
}

/* 2, host, any or nothing, which is any */
static int take_rule_cid(const char **p, uint32_t *cid)
{
	if (is_digit(**p))
		return take_number(p, cid);
	for (size_t i = 0; i < N_WELL_KNOWN; i++) {
		if (take_word(p, well_known[i].name)) {
			*cid = well_known[i].cid;
			return 0;
		}
	}
	take_word(p, "any");
	*cid = VSOCK_CID_ANY;
	return 0;
}

static int take_cid(const char **p, uint32_t *cid)
{
	bool rule = take_word(p, VSOCK_NETWORK ":");

	if (rule && take_word(p, "//"))
		return take_rule_cid(p, cid);
	if (rule && !strchr(*p, '('))
		return take_rule_cid(p, cid);
	return take_people_cid(p, cid);
}

static int take_addr(const char *p, struct vsock_addr *addr)
{
	int err = take_cid(&p, &addr->cid);

	if (err)
		return err;
	if (!take_word(&p, ":"))
		return -EINVAL;
	err = take_number(&p, &addr->port);
	if (err)
		return err;
	return *p ? -EINVAL : 0;
}

int vsock_addr_parse(const char *text, struct vsock_addr *addr)
{
	struct vsock_addr found;
	int err = take_addr(text, &found);

	if (err) {
		errno = -err;
		return -1;
	}
	*addr = found;
	return 0;
}
