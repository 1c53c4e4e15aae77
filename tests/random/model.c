/* SPDX-License-Identifier: MIT */
/* What a walk knows of its sockets, and what it leaves out: see walk.h. */
#include "walk.h"

struct world *world;
struct slot slots[SLOTS];
bool ran_exec;

/* ---- slots and files ---------------------------------------------- */

struct file *file_at(int slot)
{
	return &world->files[slots[slot].file];
}

int file_new(int family)
{
	struct file *file = &world->files[world->n_files];

	*file = (struct file){.refs = 0,
			      .family = family,
			      .state = FRESH,
			      .port = NO_PORT,
			      .conn = -1};
	return world->n_files++;
}

void file_ref(int file)
{
	world->files[file].refs++;
}

static void ruin(int file)
{
	if (file >= 0)
		world->files[file].state = RUINED;
}

struct side *own_side(const struct file *file)
{
	return file->conn < 0 ? NULL
			      : &world->conns[file->conn].side[file->end];
}

struct side *peer_side(const struct file *file)
{
	return file->conn < 0 ? NULL
			      : &world->conns[file->conn].side[!file->end];
}

static void tell_peer(const struct file *file)
{
	struct side *peer = peer_side(file);

	if (peer && peer->file >= 0)
		world->files[peer->file].news++;
}

unsigned readable(const struct file *file)
{
	if (file->conn < 0)
		return 0;
	return peer_side(file)->sent - own_side(file)->got;
}

/*
 * TCP resets a connection that is closed with bytes unread or without
 * lingering; AF_VSOCK has one way to end.
 */
static void connection_closed(struct file *file)
{
	struct side *own = own_side(file), *peer = peer_side(file);

	own->closed = true;
	if (readable(file) || file->linger_0 || file->state == RUINED) {
		world->conns[file->conn].reset = true;
		ruin(peer->file);
	}
	tell_peer(file);
}

/* Whoever is in the queue is reset: the same. */
static void listener_closed(int file)
{
	for (int i = 0; i < world->n_conns; i++) {
		struct conn *conn = &world->conns[i];

		if (conn->listener != file)
			continue;
		conn->listener = -1;
		conn->side[1].closed = true;
		ruin(conn->side[0].file);
	}
}

void file_unref(int index)
{
	struct file *file = &world->files[index];

	if (--file->refs)
		return;
	if (file->conn >= 0)
		connection_closed(file);
	listener_closed(index);
	file->port = NO_PORT;
	file->state = RUINED;
}

int slot_free(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd < 0)
			return i;
	return -1;
}

void slot_fill(int slot, int fd, int file)
{
	slots[slot].fd = fd;
	slots[slot].file = file;
	file_ref(file);
}

void slot_emptied(int slot)
{
	slots[slot].fd = -1;
	file_at(slot)->orphaned |= file_at(slot)->refs > 1;
	file_unref(slots[slot].file);
}

bool wait_for(int file, short events)
{
	for (int i = 0; i < SLOTS; i++) {
		struct pollfd p = {slots[i].fd, events, 0};

		if (p.fd < 0 || slots[i].file != file)
			continue;
		while (poll(&p, 1, 5000) < 0 && errno == EINTR)
			;
		return p.revents;
	}
	return false;
}

int pick_only(unsigned r, file_test *good)
{
	int fit[SLOTS], n = 0;

	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd >= 0 && good(file_at(i)))
			fit[n++] = i;
	return n ? fit[r / 16 % n] : -1;
}

int pick(unsigned r, file_test *good)
{
	int slot = r % 16 ? pick_only(r, good) : -1;

	return slot >= 0 ? slot : pick_only(r, is_alive);
}

/* ---- kinds of files -------------------------------------------------------
 */

bool is_any(const struct file *file)
{
	(void)file;
	return true;
}

bool is_alive(const struct file *file)
{
	return file->state != RUINED;
}

bool is_new(const struct file *file)
{
	return file->state == FRESH;
}

bool is_bound(const struct file *file)
{
	return file->state == BOUND || file->state == SHUT;
}

bool is_listening(const struct file *file)
{
	return file->state == LISTENING;
}

static int queue_first(const struct file *file, int *length)
{
	int first = -1;

	*length = 0;
	for (int i = world->n_conns - 1; i >= 0; i--)
		if (world->conns[i].listener == file - world->files) {
			first = i;
			(*length)++;
		}
	return first;
}

bool has_queue(const struct file *file)
{
	int length;

	return file->state == LISTENING && queue_first(file, &length) >= 0;
}

bool is_connected(const struct file *file)
{
	return file->conn >= 0 && file->state != RUINED;
}

bool has_data(const struct file *file)
{
	return is_connected(file) && readable(file);
}

bool has_failed(const struct file *file)
{
	return file->state == DIALLED && file->conn < 0;
}

/* ---- what may be done -----------------------------------------------------
 */

static bool serves(const struct file *listener, enum where to)
{
	enum where at = listener->where;

	switch (at) {
	case LOOPBACK4:
	case MAPPED6:
		return to == LOOPBACK4 || to == ANY4 || to == MAPPED6;
	case FIVE4:
		return to == FIVE4;
	case ANY4:
		return where_is_v4(to);
	case LOOPBACK6:
		return to == LOOPBACK6 || to == ANY6;
	default:
		return !where_is_v4(to) || !listener->v6only;
	}
}

/* One with copies does not give its port away (listener.c). */
static bool is_kept(int port)
{
	for (int i = 0; i < world->n_files; i++) {
		const struct file *file = &world->files[i];

		if (file->refs && file->port == port && file->copied &&
		    file->family == AF_INET6)
			return true;
	}
	return false;
}

static int listener_for(enum where where, int port, int *all, int *fitting)
{
	int found = -1;

	*all = *fitting = 0;
	for (int i = 0; i < world->n_files; i++) {
		const struct file *file = &world->files[i];

		if (!file->refs || file->port != port ||
		    file->state != LISTENING)
			continue;
		(*all)++;
		if (serves(file, where)) {
			(*fitting)++;
			found = i;
		}
	}
	return found;
}

static bool is_mapped(int port)
{
	return port != NO_PORT && port < PORTS_MAPPED;
}

/* Of two listeners one is quiet, and stays so when the other is gone. */
static bool is_left_alone(int port)
{
	int n = 0;

	for (int i = 0; i < world->n_files; i++)
		n += world->files[i].refs && world->files[i].port == port;
	return is_mapped(port) && world->port_shared[port] && n < 2;
}

static int full_queue(const struct file *listener)
{
	int length;

	queue_first(listener, &length);
	return length >= QUEUE_MAX;
}

/*
 * A copy that another process has stays what it is: only we are given another
 * socket under the number.
 */
static bool is_the_parents(const struct file *file)
{
	return steps_left_to_child && file - world->files < world->n_at_fork;
}

bool may_swap(const struct file *file)
{
	return file->direct ? file->state == CONNECTED : !is_the_parents(file);
}

/* A connection of TCP with itself, which vsock doesn't have. */
static bool is_own(const struct file *file, int port)
{
	return file->port == port;
}

/* The same four numbers as a connection before, which TCP may still have. */
static bool is_reused(const struct file *file)
{
	return file->port != NO_PORT && world->client_port_used[file->port];
}

/*
 * A vsock port has no family and one listener, the IPv4 one where there are
 * two; 127.0.0.5 has vsock ports of its own, so 0.0.0.0 doesn't serve it.
 */
static bool differs_by_family(enum where where, int port)
{
	int all, fitting;
	int found = listener_for(where, port, &all, &fitting);

	if (fitting > 1)
		return true;
	if (!is_mapped(port) || !all)
		return false;
	if (where == FIVE4)
		return found >= 0 ? world->files[found].where != FIVE4
				  : all > 0;
	if (found < 0)
		return true;
	return all > 1 && (!where_is_v4(where) || is_kept(port));
}

/* Who waits at an IPv6 listener is served by the IPv4 one that takes over. */
bool may_listen(const struct file *file)
{
	if (file->state == SHUT && (!may_swap(file) || !file->reuse))
		return false; /* connections hold a port in TCP only */
	if (file->port == NO_PORT && is_the_parents(file))
		return false; /* it is bound by that, and so another socket */
	if (has_failed(file) && file->copied)
		return false; /* who dialled is known of the number alone */
	for (int i = 0; i < world->n_files; i++) {
		const struct file *other = &world->files[i];

		if (other != file && other->refs && has_queue(other) &&
		    other->port == file->port)
			return false;
	}
	return true;
}

bool may_connect(const struct file *file, enum where where, int port)
{
	int all, fitting;
	int found = listener_for(where, port, &all, &fitting);

	if (is_the_parents(file) || file->state == SHUT)
		return false;
	if (file->port != NO_PORT && file->where == MAPPED6 && where != MAPPED6)
		return false; /* EAFNOSUPPORT, of an address that is there */
	if (file->error_taken && file->direct)
		return false; /* of a copy it can't be known */
	if (file->was_mapped && where != MAPPED6)
		return false; /* Linux sends what nobody answers, then */
	if (is_left_alone(port))
		return false;
	if (is_own(file, port) || is_reused(file) ||
	    differs_by_family(where, port))
		return false;
	return found < 0 || !full_queue(&world->files[found]);
}

/* Of one with a port, what TCP's bind() looks at (inet_csk_bind_conflict()). */
static bool holds_port(const struct file *file, int port)
{
	return file->refs && file->port == port;
}

/* What was bound to it has become a connection, which holds it in TCP only. */
static bool is_left_by_a_connection(int port)
{
	for (int i = 0; i < world->n_files; i++) {
		const struct file *other = &world->files[i];

		if (holds_port(other, port) && !other->direct &&
		    other->state != LISTENING)
			return true;
	}
	return false;
}

/* The table has other targets for these, which can't share a port. */
static bool is_wildcard(enum where where)
{
	return where == ANY4 || where == ANY6;
}

/*
 * TCP lets several be bound to a port while none listens, if all have
 * SO_REUSEADDR; a vsock port has one holder. Connections hold a port in TCP
 * only.
 */
bool may_bind(const struct file *file, enum where where, int port)
{
	if (is_the_parents(file) || is_over(file))
		return false;
	if (has_failed(file))
		return false; /* TCP keeps the error for the next connect() */
	if (!is_mapped(port))
		return !is_left_by_a_connection(port);
	if (is_left_alone(port))
		return false;
	if (world->port_strict[port] ||
	    (!file->reuse && world->conn_on_port[port]))
		return false;
	for (int i = 0; i < world->n_files; i++) {
		const struct file *other = &world->files[i];

		if (other == file || !holds_port(other, port))
			continue;
		if (other->state != LISTENING ||
		    is_wildcard(other->where) != is_wildcard(where) ||
		    (other->where == FIVE4) != (where == FIVE4))
			return false;
	}
	return true;
}

/*
 * TCP learns from the answer to the first bytes that nobody will read them,
 * AF_VSOCK knows it before.
 */
bool may_send(const struct file *file)
{
	const struct side *peer = peer_side(file);

	if (file->state == RUINED)
		return false;
	return !peer ||
	       !(peer->closed || (peer->shut_read && peer->shut_write));
}

/* read(2) and write(2) are the kernel's own: they see no failed connection. */
bool may_write_plainly(const struct file *file)
{
	return may_send(file) && is_connected(file);
}

/*
 * AF_VSOCK gives nothing more, be it there, once both directions are shut down
 * by one call.
 */
bool may_receive(const struct file *file)
{
	const struct side *own = own_side(file);

	if (file->state == SHUT && ran_exec)
		return false;
	if (!own || !own->shut_read)
		return true;
	if (ran_exec || file->passed || file->shut_elsewhere)
		return false; /* only we know of a SHUT_RD, number by number */
	return !(own->shut_write && readable(file));
}

/*
 * Once both have said that they are done TCP forgets who it was; and AF_VSOCK
 * at once, so that only the process knows it which said so.
 */
bool has_no_peer(const struct file *file)
{
	const struct side *own = own_side(file);

	return is_over(file) ||
	       (own && own->shut_write && (ran_exec || file->shut_elsewhere));
}

bool is_over(const struct file *file)
{
	const struct side *own = own_side(file), *peer = peer_side(file);

	return own && own->shut_write && (peer->shut_write || peer->closed);
}

/* ... and no SHUT_RD, which stays with us. */
bool may_read_plainly(const struct file *file)
{
	return is_connected(file) && !own_side(file)->shut_read &&
	       !is_over(file);
}

/* poll(2) is the kernel's own, and AF_VSOCK's events are a little different. */
uint32_t masked_events(const struct file *file)
{
	const struct side *own = own_side(file);
	uint32_t mask = 0;

	if ((file->state == BOUND && !file->direct) || file->autobound)
		return POLLHUP | POLLOUT;
	if (file->state == SHUT)
		return POLLIN | POLLOUT | POLLHUP | POLLRDHUP;
	if (has_failed(file))
		return POLLIN | POLLHUP | POLLRDHUP;
	if (own && own->shut_write)
		mask |= POLLOUT;
	if (own && own->shut_read)
		mask |= POLLIN | POLLRDHUP;
	if (own && own->shut_read && own->shut_write)
		mask |= POLLHUP;
	return mask;
}

/* ---- what has happened ------------------------------------------------------
 */

void did_bind(struct file *file, enum where where, int port)
{
	for (int i = 0; i < world->n_files; i++)
		if (world->files[i].refs && world->files[i].port == port)
			world->port_shared[port] = true;
	file->state = BOUND;
	file->port = port;
	file->where = where;
	file->direct = !is_mapped(port);
	if (file->family == AF_INET6 && where != ANY6 && where != MAPPED6)
		file->v6only = true;
}

void did_listen(struct file *file)
{
	file->autobound |= file->state == FRESH;
	file->state = LISTENING;
}

static void join(struct file *client, int listener)
{
	struct conn *conn = &world->conns[world->n_conns];
	const struct file *server = &world->files[listener];

	memset(conn, 0, sizeof(*conn));
	conn->side[0].file = client - world->files;
	conn->side[1].file = -1;
	conn->listener = listener;
	conn->dual = server->where == ANY6 && !server->v6only;
	client->conn = world->n_conns++;
	client->end = 0;
	world->conn_on_port[server->port] = true;
	world->port_strict[server->port] |= !server->reuse;
	world->files[listener].news++;
}

void did_fail(struct file *file)
{
	file->state = file->port == NO_PORT ? FRESH : BOUND;
	file->conn = -1;
	file->error_taken = false;
	file->stale = true;
}

void did_connect(struct file *file, enum where where, int port, long r)
{
	int all, fitting;
	int listener = listener_for(where, port, &all, &fitting);

	file->was_mapped |= where == MAPPED6;
	file->stale = true;
	if (r && r != -EINPROGRESS)
		return;
	file->stale = listener < 0;
	if (file->port != NO_PORT)
		world->client_port_used[file->port] = true;
	file->state = r ? DIALLED : CONNECTED;
	file->direct = !is_mapped(port);
	file->error_taken = false;
	wait_for(file - world->files, POLLOUT);
	if (listener < 0)
		return;
	join(file, listener);
	wait_for(listener, POLLIN);
}

/* TCP resets what it disconnects. */
void did_disconnect(struct file *file)
{
	struct side *peer = peer_side(file);
	struct conn *conn = file->conn >= 0 ? &world->conns[file->conn] : NULL;

	if (conn) {
		own_side(file)->closed = true;
		conn->reset = true;
		ruin(peer->file);
		file->stale = true;
	}
	if (file->state == LISTENING)
		listener_closed(file - world->files);
	file->conn = -1;
	file->state = file->port == NO_PORT ? FRESH : BOUND;
}

int did_accept(struct file *listener)
{
	int length, n = queue_first(listener, &length);
	int index = file_new(listener->family);
	struct file *file = &world->files[index];
	struct conn *conn = &world->conns[n < 0 ? 0 : n];

	file->state = n < 0 || conn->reset ? RUINED : CONNECTED;
	file->reuse = listener->reuse;
	file->direct = listener->direct;
	file->linger_0 = listener->linger_0;
	if (n < 0)
		return index;
	file->conn = n;
	file->end = 1;
	file->news = 1;
	conn->listener = -1;
	conn->side[1].file = index;
	return index;
}

void did_send(struct file *file, long n)
{
	file->error_taken |= has_failed(file);
	if (n <= 0 || file->conn < 0)
		return;
	own_side(file)->sent += n;
	tell_peer(file);
	if (peer_side(file)->file >= 0 && !peer_side(file)->shut_read)
		wait_for(peer_side(file)->file, POLLIN);
}

void did_receive(struct file *file, long n)
{
	file->error_taken |= has_failed(file);
	if (n > 0 && file->conn >= 0)
		own_side(file)->got += n;
}

/* TCP notes it even where it says ENOTCONN (inet_shutdown()). */
void did_shutdown(struct file *file, int how, long r)
{
	struct side *own = own_side(file);

	if (r) {
		if (!own && how != 3)
			ruin(file - world->files);
		return;
	}

	if (file->state == LISTENING && how != SHUT_WR) {
		listener_closed(file - world->files);
		file->state = SHUT;
	}
	if (!own)
		return;
	file->shut_elsewhere |= steps_left_to_child > 0;
	own->shut_read |= how != SHUT_WR;
	own->shut_write |= how != SHUT_RD;
	tell_peer(file);
}
