/* SPDX-License-Identifier: MIT */
/* Flags and a name, kept in a socket by the kernel: see tag.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/state/hints.h"
#include "redirect/state/hold.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

/*
 * The 64 bits:
 *
 *	63..32	an IPv4 address; of an IPv6 one the last 32 bits or, where
 *		they don't tell it, its number (remembered.h); a Unix socket's
 *		hash
 *	31..28	the magic number
 *	27..26	how it came here
 *	25..19	flags
 *	18..16	kind of address
 *	15..0	port
 *
 * As a rate that somebody set by himself that would be 2.7 GB/s or, with an
 * address, more than there is; the kernel's own value is all ones.
 */
#define MAGIC	   0xaULL
#define MAGIC_AT   28
#define CLASS_AT   26
#define FLAGS_AT   19
#define KIND_AT	   16
#define ADDRESS_AT 32

enum kind {
	KIND_V4,
	KIND_V4_MAPPED,	    /* of an AF_INET6 socket: TAG_V6 | TAG_MAPPED */
	KIND_V6_ANY,	    /* and so are the others, with TAG_V6 */
	KIND_V6_ANY_MAPPED, /* TAG_MAPPED: it serves both */
	KIND_V6_LOOPBACK,
	KIND_V6_NAME,  /* fd76:736f:636b:1::/96, an address for a host name */
	KIND_V6_CID,   /* fd76:736f:636b::/96, an address for a CID */
	KIND_V6_OTHER, /* its number */
};

static const uint8_t name_prefix[12] = {0xfd, 0x76, 0x73, 0x6f,
					0x63, 0x6b, 0,	  1};
static const uint8_t cid_prefix[12] = {0xfd, 0x76, 0x73, 0x6f, 0x63, 0x6b};

/* ---- flags --------------------------------------------------------------- */

static const int classes[] = {TAG_CLIENT | TAG_REFUSED, TAG_CLIENT, TAG_BOUND,
			      TAG_ACCEPTED};

/*
 * Seven bits hold nine flags: two bits mean one thing in a bound socket's tag
 * and another in any other's.
 */
static const struct {
	int bound, other;
} bits[] = {
	{TAG_V6ONLY, TAG_V6ONLY},   {TAG_QUIET, TAG_PENDING},
	{TAG_INHERIT, TAG_INHERIT}, {TAG_NODELAY, TAG_NODELAY},
	{TAG_SHUT, TAG_OWN},	    {TAG_REUSEADDR, TAG_REUSEADDR},
	{TAG_HYBRID, TAG_HYBRID},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An AF_INET socket has no IPV6_V6ONLY. */
static bool is_unix(uint64_t word)
{
	return (word >> KIND_AT & 7) == KIND_V4 && (word >> FLAGS_AT & 1);
}

static uint64_t encode_flags(int flags)
{
	uint64_t word = MAGIC << MAGIC_AT;

	if (flags & TAG_UNIX)
		word |= 1ULL << FLAGS_AT;
	for (size_t i = 1; i < COUNT(classes) && !(flags & TAG_REFUSED); i++)
		if (flags & classes[i])
			word |= (uint64_t)i << CLASS_AT;
	for (size_t i = 0; i < COUNT(bits); i++)
		if (flags & (flags & TAG_BOUND ? bits[i].bound : bits[i].other))
			word |= 1ULL << (FLAGS_AT + i);
	return word;
}

static int decode_flags(uint64_t word)
{
	int flags = classes[word >> CLASS_AT & 3];
	enum kind kind = word >> KIND_AT & 7;

	for (size_t i = 0; i < COUNT(bits); i++)
		if (word >> (FLAGS_AT + i) & 1)
			flags |= flags & TAG_BOUND ? bits[i].bound
						   : bits[i].other;
	if (is_unix(word))
		flags ^= TAG_UNIX | TAG_V6ONLY;
	if (kind != KIND_V4)
		flags |= TAG_V6;
	if (kind == KIND_V4_MAPPED || kind == KIND_V6_ANY_MAPPED)
		flags |= TAG_MAPPED;
	return flags;
}

/* ---- the name ------------------------------------------------------------ */

static uint32_t tail(const struct in6_addr *v6)
{
	uint32_t last;

	memcpy(&last, v6->s6_addr + 12, sizeof(last));
	return ntohl(last);
}

static enum kind kind_of(const struct map_addr *addr, int flags)
{
	if (addr->family == AF_INET)
		return flags & TAG_V6 ? KIND_V4_MAPPED : KIND_V4;
	if (addr->family != AF_INET6)
		return flags & TAG_V6 ? KIND_V6_OTHER : KIND_V4;
	if (IN6_IS_ADDR_UNSPECIFIED(&addr->ip.v6))
		return flags & TAG_MAPPED ? KIND_V6_ANY_MAPPED : KIND_V6_ANY;
	if (IN6_IS_ADDR_LOOPBACK(&addr->ip.v6))
		return KIND_V6_LOOPBACK;
	if (!memcmp(&addr->ip.v6, name_prefix, sizeof(name_prefix)))
		return KIND_V6_NAME;
	if (!memcmp(&addr->ip.v6, cid_prefix, sizeof(cid_prefix)))
		return KIND_V6_CID;
	return KIND_V6_OTHER;
}

static uint64_t encode_name(const struct endpoint *name, int flags)
{
	const struct map_addr *addr = &name->addr;
	enum kind kind = kind_of(addr, flags);
	uint64_t address = 0;

	if (addr->family == AF_INET)
		address = ntohl(addr->ip.v4.s_addr);
	else if (addr->family == AF_UNIX)
		address = addr->ip.unix_hash;
	else if (addr->family == AF_INET6 && kind != KIND_V6_OTHER)
		address = tail(&addr->ip.v6);
	else if (addr->family == AF_INET6)
		address = remembered_put_v6(&addr->ip.v6);
	return address << ADDRESS_AT | (uint64_t)kind << KIND_AT | name->port;
}

static void set_prefixed(struct in6_addr *v6, const uint8_t prefix[12],
			 uint32_t last)
{
	last = htonl(last);
	memcpy(v6->s6_addr, prefix, 12);
	memcpy(v6->s6_addr + 12, &last, sizeof(last));
}

static void decode_name(uint64_t word, struct endpoint *name)
{
	enum kind kind = word >> KIND_AT & 7;
	struct map_addr *addr = &name->addr;
	uint32_t address = word >> ADDRESS_AT;

	memset(name, 0, sizeof(*name));
	name->port = word & 0xffff;
	if (is_unix(word)) {
		addr->family = AF_UNIX;
		addr->ip.unix_hash = address;
		return;
	}
	addr->family = AF_INET6;
	switch (kind) {
	case KIND_V4:
	case KIND_V4_MAPPED:
		addr->family = AF_INET;
		addr->ip.v4.s_addr = htonl(address);
		break;
	case KIND_V6_ANY:
	case KIND_V6_ANY_MAPPED:
		break;
	case KIND_V6_LOOPBACK:
		addr->ip.v6 = in6addr_loopback;
		break;
	case KIND_V6_NAME:
		set_prefixed(&addr->ip.v6, name_prefix, address);
		break;
	case KIND_V6_CID:
		set_prefixed(&addr->ip.v6, cid_prefix, address);
		break;
	case KIND_V6_OTHER:
		if (!remembered_find_v6(address, &addr->ip.v6))
			addr->family = AF_UNSPEC;
	}
}

/* ---- both ---------------------------------------------------------------- */

/*
 * A program may have set a rate that looks like a tag, on a socket that is none
 * of ours. Where the hooks have seen a redirection it need not be asked.
 */
static bool is_rate(int fd)
{
	int family;

	if (hint_get(fd) & HINT_REDIRECTED)
		return false;
	family = ask_option(fd, SOL_SOCKET, SO_DOMAIN);
	return family != AF_VSOCK && family != AF_UNIX;
}

/* False: it has no tag. */
static bool read_word(int fd, uint64_t *word)
{
	socklen_t len = sizeof(*word);
	int saved = errno;
	bool found;

	found = !real()->getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, word,
				    &len) &&
		len == sizeof(*word) && (*word >> MAGIC_AT & 0xf) == MAGIC &&
		!is_rate(fd);
	errno = saved;
	return found;
}

int tag_read(int fd)
{
	uint64_t word;

	return read_word(fd, &word) ? decode_flags(word) : -ENOENT;
}

int tag_read_named(int fd, struct endpoint *name)
{
	uint64_t word;

	if (!read_word(fd, &word))
		return -ENOENT;
	decode_name(word, name);
	return decode_flags(word);
}

int tag_look(int fd, struct endpoint *name)
{
	unsigned hints = hint_get(fd);
	int tag;

	if (!(hints & HINT_REDIRECTED) &&
	    (hints & (HINT_BORN | HINT_OTHER | HINT_UNTAGGED)))
		return -ENOENT;
	tag = name ? tag_read_named(fd, name) : tag_read(fd);
	if (!(hints & HINT_REDIRECTED))
		hint_add(fd, tag < 0 ? HINT_UNTAGGED : tag_hints(tag));
	return tag;
}

int tag_write_named(int fd, int flags, const struct endpoint *name)
{
	uint64_t word = encode_flags(flags) | encode_name(name, flags);

	if (real()->setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &word,
			       sizeof(word)))
		return -errno;
	return 0;
}

int tag_write(int fd, int flags)
{
	struct endpoint name;

	if (tag_read_named(fd, &name) < 0)
		memset(&name, 0, sizeof(name));
	return tag_write_named(fd, flags, &name);
}

bool tag_is_connected(int fd, int tag)
{
	return !(tag & TAG_REFUSED) && ask_connected(fd);
}

int tag_of(int fd)
{
	return table_get() && !sandbox_is_on() ? tag_read(fd) : -ENOENT;
}

bool tag_is_pending(int fd, int tag)
{
	return (tag & TAG_PENDING) || hold_is_connecting(fd);
}

bool tag_is_hybrid(int fd)
{
	int tag = table_has_hybrid() ? tag_look(fd, NULL) : -ENOENT;

	return tag >= 0 && (tag & TAG_HYBRID);
}
