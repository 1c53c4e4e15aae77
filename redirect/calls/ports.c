/* SPDX-License-Identifier: MIT */
/* Random ports, each once: see ports.h. */
#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "redirect/calls/ports.h"

#define FIRST		1024
#define EPHEMERAL	32768
#define EPHEMERAL_COUNT (60999 - EPHEMERAL + 1)
#define REST_LOW	(EPHEMERAL - FIRST)
#define COUNT		(65536 - FIRST)

static unsigned random_number(void)
{
	struct timespec now;
	unsigned number;
	int saved = errno;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) !=
	    sizeof(number)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		number = now.tv_nsec * 2654435761u;
	}
	errno = saved;
	return number;
}

void ports_start(struct ports_search *search)
{
	search->next = random_number() % EPHEMERAL_COUNT;
	search->left = COUNT;
}

static uint16_t rest(unsigned i)
{
	return i < REST_LOW ? EPHEMERAL - 1 - i
			    : EPHEMERAL + EPHEMERAL_COUNT + (i - REST_LOW);
}

bool ports_next(struct ports_search *search, uint16_t *port)
{
	unsigned tried = COUNT - search->left;

	if (!search->left)
		return false;
	search->left--;
	if (tried >= EPHEMERAL_COUNT) {
		*port = rest(tried - EPHEMERAL_COUNT);
		return true;
	}
	*port = EPHEMERAL + search->next;
	search->next = (search->next + 1) % EPHEMERAL_COUNT;
	return true;
}
