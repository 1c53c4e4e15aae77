/* SPDX-License-Identifier: MIT */
/* A fixed-size, lossy memory of redirected sockets: see remembered.h. */
#include <errno.h>
#include <string.h>

#include "redirect/kernel/real.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

#define BUCKETS_LOG2 9
#define BUCKETS	     (1 << BUCKETS_LOG2)
#define WAYS	     8
#define OPTIONS	     24
#define VALUE_MAX    16

struct option_value {
	int level;
	int option;
	socklen_t len;
	unsigned char value[VALUE_MAX];
};

struct entry {
	uint64_t cookie; /* 0: free */
	unsigned options;
	unsigned shut;
	struct option_value option[OPTIONS];
	bool has_name[2];
	struct endpoint name[2];
};

struct bucket {
	char busy;
	unsigned char victim; /* who goes next when all ways are taken */
	struct entry entries[WAYS];
};

/* Untouched pages of it cost nothing. */
static struct bucket buckets[BUCKETS];

/*
 * Cookies are handed out by each processor in runs of its own (gen_cookie in
 * include/linux/cookie.h), so that two that are in use at once may well differ
 * by a power of two: they are mixed (Fibonacci hashing), and a few may meet.
 */
static struct bucket *bucket_of(uint64_t cookie)
{
	return &buckets[cookie * 0x9e3779b97f4a7c15 >> (64 - BUCKETS_LOG2)];
}

static bool lock_entry(struct bucket *bucket)
{
	return !__atomic_test_and_set(&bucket->busy, __ATOMIC_ACQUIRE);
}

static void unlock_entry(uint64_t cookie)
{
	__atomic_clear(&bucket_of(cookie)->busy, __ATOMIC_RELEASE);
}

static struct entry *look_at_entry(struct bucket *bucket, uint64_t cookie)
{
	for (int i = 0; i < WAYS; i++)
		if (bucket->entries[i].cookie == cookie)
			return &bucket->entries[i];
	return NULL;
}

/* The entry of this socket, locked, or NULL when there is none. */
static struct entry *find_entry(uint64_t cookie)
{
	struct bucket *bucket = bucket_of(cookie);
	struct entry *entry;

	if (!cookie || !lock_entry(bucket))
		return NULL;
	entry = look_at_entry(bucket, cookie);
	if (!entry)
		unlock_entry(cookie);
	return entry;
}

/* The same; it is made where there is none, and another one forgotten. */
static struct entry *claim_entry(uint64_t cookie)
{
	struct bucket *bucket = bucket_of(cookie);
	struct entry *entry;

	if (!cookie || !lock_entry(bucket))
		return NULL;
	entry = look_at_entry(bucket, cookie);
	if (entry)
		return entry;
	entry = look_at_entry(bucket, 0);
	if (!entry)
		entry = &bucket->entries[bucket->victim++ % WAYS];
	entry->cookie = cookie;
	entry->options = 0;
	entry->shut = 0;
	entry->has_name[MEMORY_OWN] = false;
	entry->has_name[MEMORY_PEER] = false;
	return entry;
}

uint64_t remembered_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int saved = errno;

	if (real()->getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		cookie = 0;
	errno = saved;
	return cookie;
}

static struct option_value *slot(struct entry *entry, int level, int option)
{
	for (unsigned i = 0; i < entry->options; i++)
		if (entry->option[i].level == level &&
		    entry->option[i].option == option)
			return &entry->option[i];
	return NULL;
}

void remembered_put_option(uint64_t cookie, int level, int option,
			   const void *value, socklen_t len)
{
	struct entry *entry = len <= VALUE_MAX ? claim_entry(cookie) : NULL;
	struct option_value *to;

	if (!entry)
		return;
	to = slot(entry, level, option);
	if (!to && entry->options < OPTIONS)
		to = &entry->option[entry->options++];
	if (to) {
		to->level = level;
		to->option = option;
		to->len = len;
		memcpy(to->value, value, len);
	}
	unlock_entry(cookie);
}

void remembered_each_option(uint64_t cookie,
			    void (*visit)(int level, int option,
					  const void *value, socklen_t len,
					  void *arg),
			    void *arg)
{
	struct option_value copy[OPTIONS];
	struct entry *entry = find_entry(cookie);
	unsigned n;

	if (!entry)
		return;
	n = entry->options;
	memcpy(copy, entry->option, n * sizeof(copy[0]));
	unlock_entry(cookie);
	for (unsigned i = 0; i < n; i++)
		visit(copy[i].level, copy[i].option, copy[i].value, copy[i].len,
		      arg);
}

static void put_copy(int level, int option, const void *value, socklen_t len,
		     void *cookie)
{
	remembered_put_option(*(uint64_t *)cookie, level, option, value, len);
}

void remembered_copy_options(uint64_t from, uint64_t to)
{
	remembered_each_option(from, put_copy, &to);
}

void remembered_put_name(uint64_t cookie, enum remembered_name which,
			 const struct endpoint *name)
{
	struct entry *entry = claim_entry(cookie);

	if (!entry)
		return;
	entry->name[which] = *name;
	entry->has_name[which] = true;
	unlock_entry(cookie);
}

bool remembered_get_name(uint64_t cookie, enum remembered_name which,
			 struct endpoint *name)
{
	struct entry *entry = find_entry(cookie);
	bool has;

	if (!entry)
		return false;
	has = entry->has_name[which];
	if (has)
		*name = entry->name[which];
	unlock_entry(cookie);
	return has;
}

void remembered_put_shut(uint64_t cookie, unsigned directions)
{
	struct entry *entry = claim_entry(cookie);

	if (!entry)
		return;
	entry->shut |= directions;
	unlock_entry(cookie);
}

unsigned remembered_get_shut(uint64_t cookie)
{
	struct entry *entry = find_entry(cookie);
	unsigned shut;

	if (!entry)
		return 0;
	shut = entry->shut;
	unlock_entry(cookie);
	return shut;
}

/* ---- IPv6 addresses ------------------------------------------------------- */

#define V6_BUCKETS 64

static struct v6_bucket {
	char busy;
	unsigned char victim;
	struct v6 {
		struct in6_addr addr; /* `::`: the place is free */
		uint32_t number;
	} ways[WAYS];
} v6_buckets[V6_BUCKETS];

/* The low bits choose the bucket, and stay when a number is moved on. */
static uint32_t v6_hash(const struct in6_addr *addr)
{
	uint64_t word[2];

	memcpy(word, addr, sizeof(word));
	word[0] = (word[0] ^ word[1] >> 32) * 0x9e3779b97f4a7c15;
	word[0] = (word[0] ^ word[0] >> 29 ^ word[1]) * 0xbf58476d1ce4e5b9;
	return word[0] >> 32;
}

static bool v6_lock(struct v6_bucket *bucket)
{
	return !__atomic_test_and_set(&bucket->busy, __ATOMIC_ACQUIRE);
}

static struct v6 *v6_look(struct v6_bucket *bucket, const struct in6_addr *addr)
{
	for (int i = 0; i < WAYS; i++)
		if (!memcmp(&bucket->ways[i].addr, addr, sizeof(*addr)))
			return &bucket->ways[i];
	return NULL;
}

static struct v6 *v6_look_for(struct v6_bucket *bucket, uint32_t number)
{
	for (int i = 0; i < WAYS; i++)
		if (!IN6_IS_ADDR_UNSPECIFIED(&bucket->ways[i].addr) &&
		    bucket->ways[i].number == number)
			return &bucket->ways[i];
	return NULL;
}

/* The number of the address it takes the place of is not used again. */
static uint32_t v6_add(struct v6_bucket *bucket, const struct in6_addr *addr,
		       uint32_t number)
{
	struct v6 *way = v6_look(bucket, &in6addr_any);

	while (v6_look_for(bucket, number))
		number += V6_BUCKETS;
	if (!way)
		way = &bucket->ways[bucket->victim++ % WAYS];
	way->addr = *addr;
	way->number = number;
	return number;
}

uint32_t remembered_put_v6(const struct in6_addr *addr)
{
	uint32_t number = v6_hash(addr);
	struct v6_bucket *bucket = &v6_buckets[number % V6_BUCKETS];
	struct v6 *way;

	if (!v6_lock(bucket))
		return number;
	way = v6_look(bucket, addr);
	number = way ? way->number : v6_add(bucket, addr, number);
	__atomic_clear(&bucket->busy, __ATOMIC_RELEASE);
	return number;
}

static bool has_number(const struct in6_addr *addr, void *number)
{
	return v6_hash(addr) == *(uint32_t *)number;
}

bool remembered_find_v6(uint32_t number, struct in6_addr *addr)
{
	struct v6_bucket *bucket = &v6_buckets[number % V6_BUCKETS];
	struct v6 *way;

	if (v6_lock(bucket)) {
		way = v6_look_for(bucket, number);
		if (way)
			*addr = way->addr;
		__atomic_clear(&bucket->busy, __ATOMIC_RELEASE);
		if (way)
			return true;
	}
	return table_get() &&
	       map_find_v6(table_get(), has_number, &number, addr);
}
