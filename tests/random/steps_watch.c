/* SPDX-License-Identifier: MIT */
/* Steps that look: poll, epoll, names, errors. */
#include "walk.h"

#include <sys/select.h>

static void say_select(int slot)
{
	struct timeval now = {0};
	fd_set in, out, except;
	int fd = slots[slot].fd;
	uint32_t mask = masked_events(file_at(slot));
	long r;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	FD_SET(fd, &except);
	say_call("select %s", slot_text(slot));
	r = CALL(select(fd + 1, &in, &out, &except, &now));
	say_result(r < 0 ? r : 0, "%s%s%s",
		   FD_ISSET(fd, &in) && !(mask & (POLLIN | POLLHUP)) ? " in"
								     : "",
		   FD_ISSET(fd, &out) && !(mask & POLLOUT) ? " out" : "",
		   FD_ISSET(fd, &except) ? " except" : "");
}

void step_poll(const struct step *step)
{
	static const short asked[] = {POLLIN | POLLOUT | POLLRDHUP | POLLPRI,
				      POLLIN, POLLOUT, POLLRDHUP, 0};
	int slot = pick(step->r[0], is_any);
	struct pollfd p;
	long r;

	if (slot < 0 || !is_alive(file_at(slot)))
		return;
	if (step->r[1] % 8 == 0) {
		say_select(slot);
		return;
	}
	p = (struct pollfd){slots[slot].fd, asked[step->r[2] % 5], 0};
	say_call("poll %s for %s", slot_text(slot), events_text(p.events));
	r = CALL(poll(&p, 1, 0));
	say_result(r < 0 ? r : 0, " %s",
		   events_text(p.revents & ~masked_events(file_at(slot))));
}

/* ---- epoll -------------------------------------------------------- */

static struct registration *new_registration(int set, int file, uint32_t events)
{
	struct registration *all = world->sets[set];
	int n = world->n_registrations[set];

	if (n == SLOTS * 4)
		return NULL;
	all[n] = (struct registration){file, events, 0, true};
	return &all[n];
}

void step_epoll_ctl(const struct step *step)
{
	static const uint32_t asked[] = {EPOLLIN, EPOLLIN | EPOLLOUT, EPOLLOUT,
					 EPOLLIN | EPOLLRDHUP, EPOLLIN};
	static const uint32_t ways[] = {
		0, 0, 0, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT};
	static const int ops[] = {EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD,
				  EPOLL_CTL_DEL};
	static const char *const names[] = {"ADD", "ADD", "MOD", "DEL"};
	int slot = pick(step->r[0], is_any), set = step->r[1] % SETS;
	unsigned op = step->r[2] % 4;
	struct epoll_event event = {.events = asked[step->r[3] % 5] |
					      ways[step->r[4] % 6]};
	struct registration *made;
	long r;

	if (slot < 0 || file_at(slot)->orphaned)
		return;
	/* What is disarmed is armed for POLLHUP when it gets another socket. */
	if (!is_connected(file_at(slot)))
		event.events &= ~EPOLLONESHOT;
	made = new_registration(set, slots[slot].file, event.events);
	if (!made)
		return;
	event.data.u64 = made - world->sets[set];
	say_call("epoll_ctl %d %s %s for %s as %d", set, names[op],
		 slot_text(slot), events_text(event.events),
		 (int)event.data.u64);
	r = CALL(epoll_ctl(world->epoll[set], ops[op], slots[slot].fd,
			   op == 3 ? NULL : &event));
	say_value(r);
	if (!r && op < 3)
		world->n_registrations[set]++;
}

/* A set is itself wherever its number is. */
void step_epoll_move(const struct step *step)
{
	int set = step->r[0] % SETS, old = world->epoll[set];
	int fd = fcntl(old, F_DUPFD, step->r[1] % 4 ? 0 : 300);

	if (fd < 0)
		return;
	say_call("epoll set %d moves\n", set);
	close(old);
	world->epoll[set] = fd;
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *x = a, *y = b;

	return (x->data.u64 > y->data.u64) - (x->data.u64 < y->data.u64);
}

/*
 * An edge is told once at least; a kernel may tell it again, and vsock does
 * whenever the peer has read. So nothing but news is compared, and no OUT.
 */
static uint32_t comparable(struct registration *reg, uint32_t events)
{
	const struct file *file = &world->files[reg->file];
	bool is_news = file->news != reg->seen;

	reg->seen = file->news;
	if (file->state == RUINED)
		return 0;
	events &= ~masked_events(file);
	if (!(reg->events & EPOLLET))
		return events;
	return is_news ? events & ~EPOLLOUT : 0;
}

/*
 * One that is told an event which is not to be compared is disarmed on one
 * side only, or its edge is.
 */
static bool is_spoiled(int set)
{
	for (int i = 0; i < world->n_registrations[set]; i++) {
		const struct registration *reg = &world->sets[set][i];
		const struct file *file = &world->files[reg->file];

		/* Its number is gone, and with it the way to find it. */
		if (file->orphaned)
			return true;
		if ((reg->events & (EPOLLONESHOT | EPOLLET)) && file->refs &&
		    (file->state == RUINED || masked_events(file)))
			return true;
	}
	return false;
}

void step_epoll_wait(const struct step *step)
{
	struct epoll_event events[SLOTS * 4];
	int set = step->r[0] % SETS;
	long r;

	if (is_spoiled(set))
		return;
	say_call("epoll_wait %d", set);
	r = CALL(epoll_wait(world->epoll[set], events, SLOTS * 4, 0));
	say_value(r < 0 ? r : 0);
	if (r > 0)
		qsort(events, r, sizeof(events[0]), by_data);
	for (long i = 0; i < r; i++) {
		unsigned n = events[i].data.u64;
		uint32_t shown = n < SLOTS * 4
					 ? comparable(&world->sets[set][n],
						      events[i].events)
					 : EPOLLPRI;

		if (shown)
			say("  %u: %s\n", n, events_text(shown));
	}
}

/* ---- names and errors --------------------------------------------- */

static bool name_is_untouched(const struct addr *addr, socklen_t from)
{
	for (size_t i = from; i < sizeof(addr->ss); i++)
		if (addr->bytes[i] != (char)0xee)
			return false;
	return true;
}

/* A listener for both families doesn't know the family of a vsock peer. */
static bool has_no_family(const struct file *file)
{
	return file->conn >= 0 && world->conns[file->conn].dual &&
	       file->end == 1;
}

static void say_name(const struct file *file, const struct addr *addr,
		     socklen_t room)
{
	char text[128];
	bool whole = addr->len <= room;

	say("  %s, length %u%s\n",
	    !whole ? "cut off"
	    : has_no_family(file) || file->stale
		    ? "an address"
		    : addr_text(addr, text, sizeof(text)),
	    addr->len,
	    name_is_untouched(addr, whole ? addr->len : room)
		    ? ""
		    : ", more was written");
}

void step_names(const struct step *step)
{
	static const int rooms[] = {128, 128, 128, 28, 16, 27, 15,
				    12,	 8,   4,   2,  1,  0,  -1};
	int slot = pick(step->r[0], is_alive);
	bool peer = step->r[1] % 2;
	struct addr addr;
	int room = rooms[step->r[2] % 14];
	void *sa = step->r[3] % 16 ? &addr.sa : bad_pointer(step->r[4]);
	void *len = step->r[5] % 16 ? &addr.len : bad_pointer(step->r[4] / 3);
	long r;

	if (slot < 0 || !is_alive(file_at(slot)) ||
	    (peer && has_no_peer(file_at(slot))))
		return;
	memset(&addr, 0xee, sizeof(addr));
	addr.len = room;
	say_call("%s %s room %d%s%s", peer ? "getpeername" : "getsockname",
		 slot_text(slot), room, sa == &addr.sa ? "" : " bad address",
		 len == &addr.len ? "" : " bad length");
	r = CALL(peer ? getpeername(slots[slot].fd, sa, len)
		      : getsockname(slots[slot].fd, sa, len));
	say_value(r);
	if (!r && sa == &addr.sa)
		say_name(file_at(slot), &addr, room);
}

void step_so_error(const struct step *step)
{
	int slot = pick(step->r[0], has_failed);
	int error = -1;
	socklen_t len = sizeof(error);
	long r;

	if (slot < 0 || !is_alive(file_at(slot)) || is_over(file_at(slot)))
		return;
	say_call("SO_ERROR %s", slot_text(slot));
	r = CALL(
		getsockopt(slots[slot].fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say_result(r, " %s", error ? errno_text(error) : "none");
	if (!r && error)
		file_at(slot)->error_taken = true;
}
