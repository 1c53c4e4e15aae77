/* SPDX-License-Identifier: MIT */
/* Flags and a name, kept in a socket by the kernel: see tag.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "preload/hints.h"
#include "preload/memory.h"
#include "preload/real.h"
#include "preload/tag.h"

/* No CPU has such a number, so no TCP socket shows it by itself. */
#define TAG_MAGIC 0x54560000

int tag_read(int fd)
{
	int value;
	socklen_t len = sizeof(value);
	int saved = errno;

	if (real()->getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &value, &len)) {
		errno = saved;
		return -ENOENT;
	}
	if ((value & ~0xffff) != TAG_MAGIC)
		return -ENOENT;
	return value & 0xffff;
}

int tag_look(int fd)
{
	unsigned hints = hint_get(fd);
	int tag;

	if (!(hints & HINT_REDIRECTED) && (hints & (HINT_BORN | HINT_OTHER)))
		return -ENOENT;
	tag = tag_read(fd);
	if (!(hints & HINT_REDIRECTED))
		hint_add(fd, tag < 0 ? HINT_OTHER : HINT_REDIRECTED);
	return tag;
}

int tag_write(int fd, int flags)
{
	int value = TAG_MAGIC | flags;

	if (real()->setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &value,
			       sizeof(value)))
		return -errno;
	return 0;
}

/*
 * The 64 bits: port in 0..15, kind in 16..19, and 32 bits of address in
 * 32..63. An IPv6 address that fits no kind is found again in memory.c by its
 * last 32 bits, or in the table.
 */
enum kind {
	KIND_NONE,
	KIND_V4,
	KIND_V6_ANY,
	KIND_V6_LOOPBACK,
	KIND_V6_NAME, /* fd76:736f:636b:1::/96, an address for a host name */
	KIND_V6_CID,  /* fd76:736f:636b::/96, an address for a CID */
	KIND_V6_OTHER,
};

static const uint8_t name_prefix[12] = {0xfd, 0x76, 0x73, 0x6f,
					0x63, 0x6b, 0,	  1};
static const uint8_t cid_prefix[12] = {0xfd, 0x76, 0x73, 0x6f, 0x63, 0x6b};

static uint32_t tail(const struct in6_addr *v6)
{
	uint32_t bits;

	memcpy(&bits, v6->s6_addr + 12, sizeof(bits));
	return ntohl(bits);
}

static enum kind kind_of(const struct map_addr *addr)
{
	if (addr->family == AF_INET)
		return KIND_V4;
	if (addr->family != AF_INET6)
		return KIND_NONE;
	if (IN6_IS_ADDR_UNSPECIFIED(&addr->ip.v6))
		return KIND_V6_ANY;
	if (IN6_IS_ADDR_LOOPBACK(&addr->ip.v6))
		return KIND_V6_LOOPBACK;
	if (!memcmp(&addr->ip.v6, name_prefix, sizeof(name_prefix)))
		return KIND_V6_NAME;
	if (!memcmp(&addr->ip.v6, cid_prefix, sizeof(cid_prefix)))
		return KIND_V6_CID;
	return KIND_V6_OTHER;
}

int tag_write_name(int fd, const struct name *name)
{
	enum kind kind = kind_of(&name->addr);
	uint64_t bits = 0;

	if (kind == KIND_V4)
		bits = ntohl(name->addr.ip.v4.s_addr);
	else if (kind >= KIND_V6_NAME)
		bits = tail(&name->addr.ip.v6);
	if (kind == KIND_V6_OTHER)
		memory_put_v6(&name->addr.ip.v6);
	bits = bits << 32 | (uint64_t)kind << 16 | name->port;
	if (real()->setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &bits,
			       sizeof(bits)))
		return -errno;
	return 0;
}

static void set_prefixed(struct in6_addr *v6, const uint8_t prefix[12],
			 uint32_t bits)
{
	bits = htonl(bits);
	memcpy(v6->s6_addr, prefix, 12);
	memcpy(v6->s6_addr + 12, &bits, sizeof(bits));
}

static void decode(struct map_addr *addr, enum kind kind, uint32_t bits)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = kind == KIND_V4 ? AF_INET : AF_INET6;
	switch (kind) {
	case KIND_V4:
		addr->ip.v4.s_addr = htonl(bits);
		break;
	case KIND_V6_ANY:
		break;
	case KIND_V6_LOOPBACK:
		addr->ip.v6 = in6addr_loopback;
		break;
	case KIND_V6_NAME:
		set_prefixed(&addr->ip.v6, name_prefix, bits);
		break;
	case KIND_V6_CID:
		set_prefixed(&addr->ip.v6, cid_prefix, bits);
		break;
	case KIND_V6_OTHER:
		if (!memory_find_v6(bits, &addr->ip.v6))
			addr->family = AF_UNSPEC;
		break;
	case KIND_NONE:
		addr->family = AF_UNSPEC;
	}
}

int tag_read_name(int fd, struct name *name)
{
	uint64_t bits = 0;
	socklen_t len = sizeof(bits);

	if (real()->getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &bits, &len))
		return -errno;
	name->port = bits & 0xffff;
	decode(&name->addr, bits >> 16 & 0xf, bits >> 32);
	return 0;
}
