/* SPDX-License-Identifier: MIT */
/* A hash of socket cookies, in which the oldest make room: see known.h. */
#include <pthread.h>
#include <sys/sysinfo.h>

#include "supervise/known.h"

#define BUCKETS_LOG2 13
#define WAYS	     8

/*
 * Each processor takes cookies in runs of 4096 (COOKIE_LOCAL_BATCH in
 * include/linux/cookie.h), so an older socket may have a number that is higher
 * by one run for each processor.
 */
#define RUN 4096

struct known {
	uint64_t cookie; /* 0: free */
	unsigned flags;
};

static struct known table[1 << BUCKETS_LOG2][WAYS];
static uint64_t forgotten; /* the highest cookie that had to make room */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static struct known *slots_of(uint64_t cookie)
{
	return table[cookie * 0x9e3779b97f4a7c15 >> (64 - BUCKETS_LOG2)];
}

static struct known *find_known(uint64_t cookie)
{
	struct known *bucket = slots_of(cookie);

	for (int i = 0; i < WAYS; i++)
		if (bucket[i].cookie == cookie)
			return &bucket[i];
	return NULL;
}

static struct known *oldest_of(struct known *bucket)
{
	struct known *oldest = bucket;

	for (int i = 1; i < WAYS; i++)
		if (bucket[i].cookie < oldest->cookie)
			oldest = &bucket[i];
	return oldest;
}

/* A free place is the oldest of all. */
static struct known *claim_slot(uint64_t cookie)
{
	struct known *place = find_known(cookie);

	if (place)
		return place;
	place = oldest_of(slots_of(cookie));
	if (place->cookie > forgotten)
		forgotten = place->cookie;
	place->cookie = cookie;
	place->flags = 0;
	return place;
}

unsigned known_get(uint64_t cookie)
{
	const struct known *place;
	unsigned flags;

	pthread_mutex_lock(&mutex);
	place = find_known(cookie);
	flags = place ? place->flags | KNOWN_SEEN : 0;
	pthread_mutex_unlock(&mutex);
	return flags;
}

void known_put(uint64_t cookie, unsigned flags)
{
	pthread_mutex_lock(&mutex);
	claim_slot(cookie)->flags = flags;
	pthread_mutex_unlock(&mutex);
}

void known_add(uint64_t cookie, unsigned flags)
{
	pthread_mutex_lock(&mutex);
	claim_slot(cookie)->flags |= flags;
	pthread_mutex_unlock(&mutex);
}

bool known_is_new(uint64_t cookie)
{
	static int processors; /* asked for once: libc reads a file for it */
	bool is_new;

	pthread_mutex_lock(&mutex);
	if (forgotten && !processors)
		processors = get_nprocs_conf();
	is_new = !forgotten || cookie > forgotten + RUN * processors;
	pthread_mutex_unlock(&mutex);
	return is_new;
}
