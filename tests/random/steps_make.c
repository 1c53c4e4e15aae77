/* SPDX-License-Identifier: MIT */
/* Steps that make sockets and connect them. */
#include "walk.h"

static const char *const where_name[] = {"127.0.0.1", "127.0.0.5",
					 "0.0.0.0",   "[::1]",
					 "[::]",      "[::ffff:127.0.0.1]"};

static int new_socket(int slot, bool v6, int flags, bool reuse, bool v6only)
{
	int family = v6 ? AF_INET6 : AF_INET, one = 1;
	int fd = socket(family, SOCK_STREAM | flags, 0);
	int file;

	if (fd < 0)
		return -1;
	/* Nagle's algorithm waits for acknowledgements, which are late. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (reuse)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (v6 && v6only)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	file = file_new(family);
	world->files[file].reuse = reuse;
	world->files[file].v6only = v6 && v6only;
	slot_fill(slot, fd, file);
	return fd;
}

bool has_room(void)
{
	return slot_free() >= 0 && world->n_files < FILES - 2 &&
	       world->n_conns < CONNS - 1;
}

void step_socket(const struct step *step)
{
	static const int flags[] = {0, 0, SOCK_NONBLOCK, SOCK_CLOEXEC,
				    SOCK_NONBLOCK | SOCK_CLOEXEC};
	int slot = slot_free();
	int f = flags[step->r[1] % 5];
	bool v6 = step->r[0] % 3 == 0, v6only = step->r[2] % 2;

	if (!has_room())
		return;
	say_call("socket %d%s%s%s", slot, v6 ? " v6" : "",
		 v6 && v6only ? " only" : "",
		 f & SOCK_NONBLOCK ? " non-blocking" : "");
	say_value(new_socket(slot, v6, f, step->r[3] % 8, v6only) < 0 ? -1 : 0);
}

/* An address that suits the file, mostly. */
static enum where choose_where(const struct file *file, unsigned r)
{
	static const enum where v4[] = {LOOPBACK4, LOOPBACK4, ANY4, FIVE4};
	static const enum where v6[] = {LOOPBACK6, ANY6, MAPPED6, LOOPBACK6};

	if (r % 16 == 15)
		return r / 16 % WHERES;
	return file->family == AF_INET ? v4[r % 4] : v6[r % 4];
}

static int choose_port(unsigned r)
{
	static const int ports[] = {
		0, 0, 0,	   1,		1,
		2, 3, PORT_NOBODY, PORT_DIRECT, PORT_DIRECT_NOBODY};

	return ports[r % 10];
}

static bool has_listeners_port(int port)
{
	return port != PORT_NOBODY && port != PORT_DIRECT_NOBODY;
}

/* Lengths that no address has, and memory that is none. */
static long odd_call(int (*call)(int, const struct sockaddr *, socklen_t),
		     int fd, struct addr *addr, unsigned r)
{
	static const int lengths[] = {0,  1,  2,  4,   15,  16,
				      24, 27, 28, 128, 129, -1};

	if (r % 4 == 0) {
		say(" bad pointer");
		return CALL(call(fd, bad_pointer(r / 4), addr->len));
	}
	if (r % 4 == 1) {
		addr->sa.sa_family = r / 4 % 46;
		say(" family %d", addr->sa.sa_family);
		return CALL_LIMITED(true, call(fd, &addr->sa, addr->len));
	}
	say(" length %d", lengths[r / 4 % 12]);
	return CALL_LIMITED(true, call(fd, &addr->sa, lengths[r / 4 % 12]));
}

static void do_bind(int slot, enum where where, int port, unsigned odd)
{
	struct file *file = file_at(slot);
	struct addr addr = addr_make(where, port);
	long r;

	if (!may_bind(file, where, port))
		return;
	/* Of far numbers nobody knows whose choice the port was. */
	if (file->autobound && file->copied)
		return;
	say_call("bind %s to %s port(%d)", slot_text(slot), where_name[where],
		 port);
	if (odd % 16 == 0)
		r = odd_call(bind, slots[slot].fd, &addr, odd / 16);
	else
		r = CALL(bind(slots[slot].fd, &addr.sa, addr.len));
	say_value(r);
	if (!r)
		did_bind(file, where, port);
}

void step_bind(const struct step *step)
{
	int slot = pick(step->r[0], is_new);
	int port = choose_port(step->r[2]);

	if (slot >= 0 && has_listeners_port(port))
		do_bind(slot, choose_where(file_at(slot), step->r[1]), port,
			step->r[3]);
}

static bool listens_unseen(const struct file *file)
{
	return file->state == FRESH || has_failed(file);
}

static void do_listen(int slot, int backlog)
{
	struct file *file = file_at(slot);
	long r;

	if (!may_listen(file))
		return;
	say_call("listen %s backlog %d", slot_text(slot), backlog);
	r = CALL(listen(slots[slot].fd, backlog));
	say_value(r);
	if (!r)
		did_listen(file);
}

void step_listen(const struct step *step)
{
	static const int backlogs[] = {16, 100, 5000, -1, 128};
	int slot = pick(step->r[0], step->r[1] % 8 ? is_bound : listens_unseen);

	if (slot >= 0)
		do_listen(slot, backlogs[step->r[2] % 5]);
}

/* socket, bind and listen, so that there is one to dial. */
void step_listener(const struct step *step)
{
	int slot = slot_free();
	int port = choose_port(step->r[1]);
	struct file *file;

	if (!has_room() || !has_listeners_port(port))
		return;
	say_call("listener");
	say_value(new_socket(slot, step->r[0] % 3 == 0,
			     step->r[2] % 2 ? SOCK_NONBLOCK : 0,
			     step->r[3] % 16, step->r[4] % 2) < 0
			  ? -1
			  : 0);
	file = file_at(slot);
	do_bind(slot, choose_where(file, step->r[5]), port, 1);
	if (file->state == BOUND)
		do_listen(slot, 16);
}

/* ---- connect --------------------------------------------------------------
 */

static bool dials(const struct file *file)
{
	return file->state == FRESH || file->state == DIALLED;
}

/* Once a failure has been told the socket is as new. */
static void after_connect(struct file *file, enum where where, int port, long r)
{
	int error = errno;

	if (file->state == DIALLED && file->conn >= 0) {
		if (!r)
			file->state = CONNECTED;
		return;
	}
	if (file->state == DIALLED) {
		if (r)
			did_fail(file);
		return;
	}
	if (file->state == FRESH || file->state == BOUND)
		did_connect(file, where, port,
			    r ? (error == EINPROGRESS ? -EINPROGRESS : -1) : 0);
}

/* A signal may come while it waits; TCP's has no need to, here. */
static long connect_through(int fd, struct addr *addr, long r)
{
	struct pollfd p = {fd, POLLOUT, 0};

	if (r == 0 || errno != EINTR)
		return r;
	while (poll(&p, 1, 5000) < 0 && errno == EINTR)
		;
	return CALL(connect(fd, &addr->sa, addr->len));
}

static void dial(int slot, enum where where, int port, unsigned odd)
{
	struct file *file = file_at(slot);
	struct addr addr = addr_make(where, port);
	long r;

	say_call("connect %s to %s port(%d)", slot_text(slot),
		 where_name[where], port);
	if (odd % 16 == 0 && file->state == FRESH)
		r = odd_call(connect, slots[slot].fd, &addr, odd / 16);
	else
		r = CALL_LIMITED(true,
				 connect(slots[slot].fd, &addr.sa, addr.len));
	r = connect_through(slots[slot].fd, &addr, r);
	say_value(r);
	after_connect(file, where, port, r);
}

static void do_connect(int slot, enum where where, int port, unsigned odd)
{
	if (may_connect(file_at(slot), where, port) && has_room())
		dial(slot, where, port, odd);
}

static int port_of_a_listener(unsigned r)
{
	int ports[FILES], n = 0;

	for (int i = 0; i < world->n_files; i++)
		if (world->files[i].refs && is_listening(&world->files[i]) &&
		    world->files[i].port != NO_PORT)
			ports[n++] = world->files[i].port;
	return n && r % 4 ? ports[r / 4 % n] : choose_port(r / 4);
}

void step_connect(const struct step *step)
{
	int slot = pick(step->r[0], dials);

	if (slot >= 0)
		do_connect(slot, choose_where(file_at(slot), step->r[1]),
			   port_of_a_listener(step->r[2]), step->r[3]);
}

void step_unspec(const struct step *step)
{
	struct sockaddr_in addr = {.sin_family = AF_UNSPEC};
	int slot = pick(step->r[0], step->r[1] % 2 ? is_connected : is_alive);
	int error = 0;
	socklen_t len = sizeof(error);
	struct file *file;
	long r;

	if (slot < 0 || !may_swap(file_at(slot)))
		return;
	file = file_at(slot);
	/* A connection that ends keeps its vsock port for a while. */
	if (file->conn >= 0 && file->port != NO_PORT)
		return;
	say_call("connect %s to AF_UNSPEC", slot_text(slot));
	r = CALL(connect(slots[slot].fd, (void *)&addr, sizeof(addr)));
	say_value(r);
	if (r)
		return;
	did_disconnect(file);
	/* TCP remembers the reset that it has sent. */
	getsockopt(slots[slot].fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

/* ---- accept ----------------------------------------------------------------
 */

static void say_peer(const struct file *file, const struct addr *addr,
		     socklen_t room)
{
	char text[128];

	say("  from ");
	if (file->conn >= 0 && world->conns[file->conn].dual &&
	    world->files[world->conns[file->conn].side[0].file].family ==
		    AF_INET6)
		say("a family that vsock hasn't got"); /* LIMITATIONS */
	else if (addr->len <= room)
		say("%s", addr_text(addr, text, sizeof(text)));
	say(", length %u\n", addr->len);
}

void accepted(struct file *listener, int fd, const struct addr *addr,
	      socklen_t room)
{
	int slot = slot_free();
	int file = did_accept(listener);

	slot_fill(slot, fd, file);
	say("  as %d, %s%s\n", slot,
	    fcntl(fd, F_GETFL) & O_NONBLOCK ? "non-blocking" : "blocking",
	    fcntl(fd, F_GETFD) & FD_CLOEXEC ? ", closed on exec" : "");
	if (room && is_alive(&world->files[file]))
		say_peer(&world->files[file], addr, room);
}

static socklen_t choose_room(unsigned r)
{
	static const socklen_t rooms[] = {0,  0,  128, 128, 128, 28,
					  16, 15, 8,   4,   2,	 1};

	return rooms[r % 12];
}

void step_accept(const struct step *step)
{
	static const int flags[] = {
		0, 0, SOCK_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK | SOCK_CLOEXEC,
		1};
	int slot = pick(step->r[0], step->r[1] % 8 ? has_queue : is_listening);
	int how = flags[step->r[2] % 6];
	socklen_t room = choose_room(step->r[3]);
	struct addr addr = {.len = room};
	void *sa = room ? &addr.sa : NULL, *len = room ? &addr.len : NULL;
	bool is_there;
	long fd;

	if (slot < 0 || !has_room())
		return;
	is_there = has_queue(file_at(slot)) || does_not_wait(slot);
	say_call("accept %s flags %#x room %u", slot_text(slot), how, room);
	if (step->r[4] % 32 == 0 && !has_queue(file_at(slot)))
		sa = bad_pointer(step->r[5]);
	if (step->r[2] % 2)
		fd = CALL_LIMITED(is_there,
				  accept4(slots[slot].fd, sa, len, how));
	else
		fd = CALL_LIMITED(is_there, accept(slots[slot].fd, sa, len));
	say_value(fd < 0 ? -1 : 0);
	if (fd >= 0)
		accepted(file_at(slot), fd, &addr, room);
}

int client_new(const struct file *listener, bool non_blocking)
{
	int slot = slot_free();

	say_call("client");
	say_value(new_socket(slot, listener->family == AF_INET6,
			     non_blocking ? SOCK_NONBLOCK : 0, true, false) < 0
			  ? -1
			  : 0);
	return may_connect(file_at(slot), listener->where, listener->port)
		       ? slot
		       : -1;
}

void client_dials(int slot, const struct file *listener)
{
	dial(slot, listener->where, listener->port, 1);
}

/* Both ends of a connection, where a listener is at hand. */
void step_pair(const struct step *step)
{
	int listener = pick_only(step->r[0], is_listening), client;
	struct file *file;
	long fd;

	if (listener < 0 || !has_room() || has_queue(file_at(listener)) ||
	    file_at(listener)->port == NO_PORT)
		return;
	file = file_at(listener);
	client = client_new(file, step->r[1] % 2);
	if (client < 0)
		return;
	client_dials(client, file);
	if (!has_queue(file) || slot_free() < 0)
		return;
	say_call("accept %s", slot_text(listener));
	fd = CALL_LIMITED(true, accept(slots[listener].fd, NULL, NULL));
	say_value(fd < 0 ? -1 : 0);
	if (fd >= 0)
		accepted(file, fd, NULL, 0);
}
