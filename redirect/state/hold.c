/* SPDX-License-Identifier: MIT */
/* Who holds which number: see hold.h. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/clock.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/wait.h"
#include "redirect/state/hints.h"
#include "redirect/state/hold.h"
#include "redirect/state/remembered.h"

#define PLACES	  1024
#define WAYS	  4
#define MINE	  4
#define LIMIT_MS  1000 /* then it was left by a jump */
#define YIELDS	  100
#define NUMBER_AT 6

enum {
	ACTING = 1 << 0,
	LOST = 1 << 1,
	CONNECTING = 1 << 2,
	GIVEN_UP = 1 << 3,
	MOVING = 1 << 4,
	TURN = 1 << 5,
	FLAGS = (1 << NUMBER_AT) - 1,
};

struct hold_place {
	unsigned word; /* the number plus 1, and flags; 0: free */
	pthread_t owner;
	const void *frame;
};

unsigned hold_count;
static struct hold_place places[PLACES];
static __thread struct hold_place *mine[MINE];
static pid_t process;

static unsigned word_of(int fd)
{
	return ((unsigned)fd + 1) << NUMBER_AT;
}

static struct hold_place *place_at(int fd, unsigned way)
{
	return &places[((unsigned)fd + way) % PLACES];
}

static unsigned word_at(const struct hold_place *place)
{
	return __atomic_load_n(&place->word, __ATOMIC_SEQ_CST);
}

static bool is_of(unsigned word, int fd)
{
	return (word & ~(unsigned)FLAGS) == word_of(fd);
}

static struct hold_place *claim(int fd)
{
	if ((unsigned)fd >= 1U << 25)
		return NULL;
	for (unsigned way = 0; way < WAYS; way++) {
		struct hold_place *place = place_at(fd, way);
		unsigned none = 0;

		if (__atomic_compare_exchange_n(
			    &place->word, &none, word_of(fd), false,
			    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return place;
	}
	return NULL;
}

static void forget(struct hold_place *place)
{
	__atomic_store_n(&place->word, 0, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&hold_count, 1, __ATOMIC_SEQ_CST);
}

static void set_mine(const struct hold_place *from, struct hold_place *to)
{
	for (int i = 0; i < MINE; i++)
		if (mine[i] == from) {
			mine[i] = to;
			return;
		}
}

void hold_begin(struct hold *hold, int fd)
{
	hold->fd = fd;
	hold->own = -1;
	hold->cookie = 0;
	hold->lost = false;
	__atomic_add_fetch(&hold_count, 1, __ATOMIC_SEQ_CST);
	hold->place = claim(fd);
	if (hold->place) {
		hold->place->owner = pthread_self();
		hold->place->frame = __builtin_frame_address(0);
		set_mine(NULL, hold->place);
		return;
	}
	__atomic_sub_fetch(&hold_count, 1, __ATOMIC_SEQ_CST);
	hold_know(hold);
}

void hold_end(struct hold *hold)
{
	hold_own(hold, -1);
	if (!hold->place)
		return;
	set_mine(hold->place, NULL);
	if ((word_at(hold->place) & (TURN | LOST)) == TURN)
		hint_remove(hold->fd, HINT_TURN);
	forget(hold->place);
	hold->place = NULL;
}

void hold_clean_up(void *hold)
{
	hold_end(hold);
}

void hold_know(struct hold *hold)
{
	if (hold->own < 0)
		hold->cookie = remembered_cookie(hold->fd);
}

void hold_own(struct hold *hold, int own)
{
	int before = hold->own;

	hold->own = own;
	hold->cookie = 0;
	if (before >= 0)
		own_close(before);
}

int hold_socket(const struct hold *hold)
{
	return own_is_mine(hold->own) ? hold->own : hold->fd;
}

static bool is_lost(struct hold *hold)
{
	if (hold->place && (word_at(hold->place) & LOST))
		hold->lost = true;
	return hold->lost;
}

static unsigned set(struct hold_place *place, unsigned flag)
{
	return __atomic_fetch_or(&place->word, flag, __ATOMIC_SEQ_CST);
}

static void clear(struct hold_place *place, unsigned flags)
{
	__atomic_and_fetch(&place->word, ~flags, __ATOMIC_SEQ_CST);
}

bool hold_take(struct hold *hold)
{
	if (hold->place)
		set(hold->place, ACTING);
	if (!is_lost(hold))
		return true;
	hold_release(hold);
	return false;
}

void hold_release(struct hold *hold)
{
	if (hold->place)
		clear(hold->place, ACTING);
}

/* Where a sandbox forbids to ask, any socket will do. */
static bool is_another(int fd, uint64_t wanted)
{
	uint64_t cookie = remembered_cookie(fd);

	return cookie ? cookie != wanted
		      : ask_option(fd, SOL_SOCKET, SO_DOMAIN) < 0;
}

bool hold_is_there(struct hold *hold)
{
	uint64_t wanted = hold->cookie;

	if (own_is_mine(hold->own))
		wanted = remembered_cookie(hold->own);
	if (wanted && is_another(hold->fd, wanted))
		hold->lost = true;
	return !is_lost(hold);
}

/* ---- turns ----------------------------------------------------------------- */

static void pause_a_little(unsigned round)
{
	if (round < YIELDS)
		sched_yield();
	else
		real()->poll(NULL, 0, 1);
}

static bool is_others_turn(const struct hold *hold)
{
	for (unsigned way = 0; way < WAYS; way++) {
		struct hold_place *place = place_at(hold->fd, way);
		unsigned word = word_at(place);

		if (place != hold->place && is_of(word, hold->fd) &&
		    (word & (TURN | LOST)) == TURN &&
		    !pthread_equal(place->owner, pthread_self()))
			return true;
	}
	return false;
}

/* The hint is nobody's where a thread has left its turn by a jump or fork(). */
static bool take_turn(struct hold *hold)
{
	set(hold->place, TURN);
	if (!hint_add_first(hold->fd, HINT_TURN))
		return true;
	clear(hold->place, TURN);
	if (is_others_turn(hold))
		return false;
	set(hold->place, TURN);
	return true;
}

int hold_turn(struct hold *hold, bool is_point)
{
	struct pollfd none = {.fd = -1};

	if (!hold->place)
		return 0;
	for (unsigned i = 0; !take_turn(hold); i++) {
		if (!is_point || i < YIELDS)
			pause_a_little(i);
		else if (wait_poll(&none, 1) == -EINTR)
			return -EINTR;
	}
	return is_lost(hold) ? -EBADF : 0;
}

/* ---- connect() and shutdown() -------------------------------------------- */

static struct hold_place *connecting(int fd)
{
	if (!__atomic_load_n(&hold_count, __ATOMIC_SEQ_CST))
		return NULL;
	for (unsigned way = 0; way < WAYS; way++) {
		struct hold_place *place = place_at(fd, way);
		unsigned word = word_at(place);

		if (is_of(word, fd) && (word & CONNECTING) && !(word & LOST))
			return place;
	}
	return NULL;
}

void hold_connecting(struct hold *hold, bool is_connecting)
{
	if (!hold->place)
		return;
	if (is_connecting)
		set(hold->place, CONNECTING);
	else
		clear(hold->place, CONNECTING | GIVEN_UP);
}

bool hold_is_connecting(int fd)
{
	return connecting(fd) || (hint_get(fd) & HINT_CONNECTING);
}

void hold_give_up(int fd)
{
	struct hold_place *place = connecting(fd);

	if (place)
		set(place, GIVEN_UP);
	else
		hint_add(fd, HINT_GIVEN_UP);
}

bool hold_is_given_up(const struct hold *hold)
{
	return hold->place && (word_at(hold->place) & GIVEN_UP);
}

/* ---- who closes ---------------------------------------------------------- */

/*
 * Tells the holder of a number from `first` to `last` that it is being closed.
 * False: the place holds none of these.
 */
static bool mark_lost(struct hold_place *place, unsigned first, unsigned last)
{
	unsigned word = word_at(place);

	do {
		unsigned number = (word >> NUMBER_AT) - 1;

		if (!word || number < first || number > last)
			return false;
	} while (!__atomic_compare_exchange_n(&place->word, &word, word | LOST,
					      false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return true;
}

/*
 * Waits until the holder has made the few calls that the flag stands for. A
 * thread that left them by siglongjmp(3) never clears the flag: after LIMIT_MS
 * we do.
 */
static void wait_for(struct hold_place *place, unsigned flag)
{
	long end = now_ms() + LIMIT_MS;

	if (pthread_equal(place->owner, pthread_self()))
		return;
	for (unsigned i = 0; word_at(place) & flag; i++) {
		pause_a_little(i);
		if (i >= YIELDS && now_ms() > end)
			clear(place, flag);
	}
}

/*
 * A child has numbers of its own, also one of vfork(), which runs in our
 * memory: it closes none of ours.
 */
static bool is_child(void)
{
	return process && process != getpid();
}

void hold_closing_these(unsigned first, unsigned last)
{
	bool all = last - first >= PLACES;
	unsigned n = all ? PLACES : last - first + WAYS;
	int saved = errno;

	if (is_child())
		return;
	for (unsigned i = 0; i < n; i++) {
		struct hold_place *place = &places[(first + i) % PLACES];

		if (word_at(place) && mark_lost(place, first, last) &&
		    (word_at(place) & ACTING))
			wait_for(place, ACTING);
	}
	errno = saved;
}

static unsigned moves[64];

unsigned hold_moves(int fd)
{
	return __atomic_load_n(&moves[(unsigned)fd % 64], __ATOMIC_SEQ_CST);
}

void hold_moving(struct hold *hold, bool is_moving)
{
	if (is_moving)
		__atomic_add_fetch(&moves[(unsigned)hold->fd % 64], 1,
				   __ATOMIC_SEQ_CST);
	if (hold->place && is_moving)
		set(hold->place, MOVING);
	else if (hold->place)
		clear(hold->place, MOVING);
}

bool hold_wait_moved(int fd)
{
	bool waited = false;
	int saved = errno;

	if (!__atomic_load_n(&hold_count, __ATOMIC_SEQ_CST) || is_child())
		return false;
	for (unsigned way = 0; way < WAYS; way++) {
		struct hold_place *place = place_at(fd, way);
		unsigned word = word_at(place);

		if (!is_of(word, fd) || !(word & MOVING))
			continue;
		wait_for(place, MOVING);
		waited = true;
	}
	errno = saved;
	return waited;
}

void hold_not_closed(int fd)
{
	if (!__atomic_load_n(&hold_count, __ATOMIC_SEQ_CST) || is_child())
		return;
	for (unsigned way = 0; way < WAYS; way++) {
		struct hold_place *place = place_at(fd, way);
		unsigned word = word_at(place);

		while (is_of(word, fd) && (word & LOST) &&
		       !__atomic_compare_exchange_n(
			       &place->word, &word, word & ~(unsigned)LOST,
			       false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			;
	}
}

/* ---- children and jumps -------------------------------------------------- */

void hold_start(void)
{
	process = getpid();
}

static bool is_mine(const struct hold_place *place)
{
	for (int i = 0; i < MINE; i++)
		if (mine[i] == place)
			return true;
	return false;
}

void hold_clear_forked(void)
{
	hold_start();
	for (unsigned i = 0; i < PLACES; i++)
		if (word_at(&places[i]) && !is_mine(&places[i]))
			forget(&places[i]);
}

void hold_clear_left(const void *now)
{
	for (int i = 0; i < MINE; i++) {
		struct hold_place *place = mine[i];

		if (!place || !own_is_left(place->frame, now))
			continue;
		mine[i] = NULL;
		forget(place);
	}
}
