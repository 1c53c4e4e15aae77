/* SPDX-License-Identifier: MIT */
/* Which ports are ours, and who may share them: see listeners.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/descriptors.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

#define LISTENERS 4096
#define WAYS	  8

struct place {
	char busy;
	bool used;
	struct listener listener;
};

static struct place places[LISTENERS];
bool listeners_any_quiet;

static bool lock_place(struct place *place)
{
	return !__atomic_test_and_set(&place->busy, __ATOMIC_ACQUIRE);
}

static void unlock_place(struct place *place)
{
	__atomic_clear(&place->busy, __ATOMIC_RELEASE);
}

static bool same_addr(const struct map_addr *a, const struct map_addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->ip.v4.s_addr == b->ip.v4.s_addr;
	return !memcmp(&a->ip.v6, &b->ip.v6, sizeof(a->ip.v6));
}

bool listeners_same_name(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && same_addr(&a->addr, &b->addr);
}

/* Whether a listener on it takes connections of a family. */
static bool takes(const struct listener *listener, int family)
{
	if (listener->name.addr.family == family)
		return true;
	return (listener->tag & (TAG_V6 | TAG_V6ONLY)) == TAG_V6 &&
	       listener->name.addr.family == AF_INET6 &&
	       address_is_any(&listener->name.addr);
}

bool listeners_has_file(const struct listener *listener)
{
	const char *name = map_unix_text(table_get(), &listener->name.addr);

	return name && name[0] == '/';
}

/* inet_csk_get_port() (net/ipv4/inet_connection_sock.c), in short. */
static bool conflict(const struct listener *a, const struct listener *b)
{
	bool meet = (takes(a, AF_INET) && takes(b, AF_INET)) ||
		    (takes(a, AF_INET6) && takes(b, AF_INET6));

	if (a->name.addr.family == AF_UNIX)
		return same_addr(&a->name.addr, &b->name.addr) &&
		       !listeners_has_file(a);
	if (!meet || (a->reuse_port && b->reuse_port))
		return false;
	return address_is_any(&a->name.addr) || address_is_any(&b->name.addr) ||
	       same_addr(&a->name.addr, &b->name.addr);
}

bool listeners_same_target(const struct listener *a, const struct listener *b)
{
	if (a->port != b->port || !a->path != !b->path)
		return false;
	return a->path ? !strcmp(a->path, b->path) : a->cid == b->cid;
}

/*
 * The number may be another socket's by now, and is not if it has the name: its
 * tag as it is now, or -ENOENT.
 */
static int tag_now(const struct listener *listener)
{
	struct endpoint name;
	int tag = tag_read_named(listener->fd, &name);

	return tag >= 0 && (tag & TAG_BOUND) &&
			       listeners_same_name(&name, &listener->name)
		       ? tag
		       : -ENOENT;
}

static bool is_alive(const struct listener *listener)
{
	return tag_now(listener) >= 0;
}

/* A copy of the entry in use in this place; false when there is none. */
static bool get_place(struct place *place, struct listener *listener)
{
	bool used = __atomic_load_n(&place->used, __ATOMIC_ACQUIRE);

	if (!used || !lock_place(place))
		return false;
	*listener = place->listener;
	unlock_place(place);
	return true;
}

/*
 * The place for a number: its own, or one after it where another listener has
 * that.
 */
static struct place *place_for(int fd)
{
	for (unsigned way = 0; way < WAYS; way++) {
		struct place *place = &places[((unsigned)fd + way) % LISTENERS];
		struct listener other;

		if (!get_place(place, &other) || other.fd == fd ||
		    !is_alive(&other))
			return place;
	}
	return &places[(unsigned)fd % LISTENERS];
}

void listeners_add(const struct listener *listener)
{
	struct place *place = place_for(listener->fd);

	if (borrowed_is() || !lock_place(place))
		return;
	place->listener = *listener;
	if (listener->tag & TAG_QUIET)
		__atomic_store_n(&listeners_any_quiet, true, __ATOMIC_RELAXED);
	__atomic_store_n(&place->used, true, __ATOMIC_RELEASE);
	unlock_place(place);
}

void listeners_forget(int fd)
{
	for (unsigned way = 0; way < WAYS; way++) {
		struct place *place = &places[((unsigned)fd + way) % LISTENERS];
		struct listener listener;

		if (get_place(place, &listener) && listener.fd == fd)
			__atomic_store_n(&place->used, false, __ATOMIC_RELEASE);
	}
}

static bool find_place(int fd, struct listener *listener)
{
	for (unsigned way = 0; way < WAYS; way++)
		if (get_place(&places[((unsigned)fd + way) % LISTENERS],
			      listener) &&
		    listener->fd == fd)
			return true;
	return false;
}

void listeners_copied(int fd, int copy)
{
	struct listener listener;

	if (!find_place(fd, &listener))
		return;
	listener.fd = copy;
	listeners_add(&listener);
}

static bool is_known(int fd)
{
	struct listener listener;

	return find_place(fd, &listener) && is_alive(&listener);
}

void listeners_set_tag(int fd, int tag)
{
	struct listener listener;

	if (!find_place(fd, &listener))
		return;
	listener.tag = tag;
	listeners_add(&listener);
}

/* A copy may have been put under a number that was another listener's. */
bool listeners_recall(int fd, struct listener *listener)
{
	unsigned hints = hint_get(fd) & (HINT_REDIRECTED | HINT_COPIED);

	return hints == HINT_REDIRECTED && find_place(fd, listener);
}

static void fill(struct listener *listener, int fd, int tag,
		 const struct endpoint *name)
{
	struct map_answer answer;

	map_lookup(table_get(), MAP_LISTEN, &name->addr, name->port, &answer);
	*listener = (struct listener){
		.fd = fd,
		.cid = answer.cid,
		.port = answer.port,
		.path = tag & TAG_HYBRID ? answer.path : NULL,
		.name = *name,
		.tag = tag,
	};
}

int listeners_read(int fd, struct listener *listener)
{
	struct endpoint name;
	int tag = tag_read_named(fd, &name);

	if (tag < 0 || !(tag & TAG_BOUND))
		return -ENOENT;
	fill(listener, fd, tag, &name);
	return tag;
}

void listeners_note(int fd, int tag, const struct endpoint *name)
{
	struct listener listener;

	if (tag < 0 || !(tag & TAG_BOUND) ||
	    (find_place(fd, &listener) &&
	     listeners_same_name(&listener.name, name)))
		return;
	fill(&listener, fd, tag, name);
	listeners_add(&listener);
}

static void see_reuse_port(int level, int option, const void *value,
			   socklen_t len, void *arg)
{
	int number = 0;

	if (level != SOL_SOCKET || option != SO_REUSEPORT ||
	    len < sizeof(number))
		return;
	memcpy(&number, value, sizeof(number));
	*(bool *)arg = number;
}

/* One that came by exec, or from another process. */
static void adopt(int fd, void *arg)
{
	struct listener listener;

	if (fd == *(int *)arg || listeners_read(fd, &listener) < 0 ||
	    is_known(fd))
		return;
	remembered_each_option(remembered_cookie(fd), see_reuse_port,
			       &listener.reuse_port);
	listeners_add(&listener);
}

void listeners_find(int except)
{
	descriptors_each(adopt, &except);
}

void listeners_each(unsigned first, unsigned last,
		    void (*visit)(const struct listener *listener, void *arg),
		    void *arg)
{
	unsigned n =
		last - first >= LISTENERS ? LISTENERS : last - first + WAYS;

	for (unsigned i = 0; i < n; i++) {
		struct listener each;

		if (!get_place(&places[(first + i) % LISTENERS], &each) ||
		    (unsigned)each.fd < first || (unsigned)each.fd > last)
			continue;
		each.tag = tag_now(&each);
		if (each.tag >= 0)
			visit(&each, arg);
	}
}

struct sharing {
	const struct listener *wanted;
	bool held, conflict;
};

static void look_at_sharer(const struct listener *other, void *arg)
{
	struct sharing *sharing = arg;

	if (other->fd == sharing->wanted->fd ||
	    !listeners_same_target(other, sharing->wanted))
		return;
	sharing->held = true;
	sharing->conflict |= conflict(other, sharing->wanted);
}

bool listeners_may_share(const struct listener *wanted)
{
	struct sharing sharing = {.wanted = wanted};

	listeners_each(0, ~0U, look_at_sharer, &sharing);
	return sharing.held && !sharing.conflict;
}

bool listeners_reuse_port(int fd)
{
	return hint_may(hint_get(fd), HINT_OPTIONS) &&
	       ask_option(fd, SOL_SOCKET, SO_REUSEPORT) > 0;
}
