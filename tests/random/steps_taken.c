/* SPDX-License-Identifier: MIT */
/*
 * Steps in which a call sleeps in one thread while another takes the number
 * away. The kernel holds the socket until the call returns, and so what comes
 * then is for that call.
 */
#include "walk.h"

#include <signal.h>

/* ---- a call in another thread ---------------------------------------------
 */

static void *sleep_in_call(void *arg)
{
	struct sleeper *s = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	s->from.len = sizeof(s->from.ss);
	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	s->result = s->buf ? CALL(recv(s->fd, s->buf, s->size, s->flags))
			   : CALL(accept4(s->fd, &s->from.sa, &s->from.len,
					  s->flags));
	s->error = errno;
	__atomic_store_n(&s->over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* The letter behind the name in /proc/self/task/TID/stat. */
static char state_of(pid_t tid)
{
	char path[64], text[256] = "", *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	end = strrchr(text, ')');
	return end ? end[2] : '?';
}

void sleeper_start(struct sleeper *s)
{
	int seen = 0;

	s->tid = 0;
	s->over = false;
	if (pthread_create(&s->thread, NULL, sleep_in_call, s))
		_exit(1);
	while (!__atomic_load_n(&s->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	while (seen < 3 && !__atomic_load_n(&s->over, __ATOMIC_ACQUIRE)) {
		seen = state_of(s->tid) == 'S' ? seen + 1 : 0;
		sched_yield();
	}
}

long sleeper_join(struct sleeper *s)
{
	join_undisturbed(s->thread);
	errno = s->error;
	return s->result;
}

/* ---- accept() and recv() --------------------------------------------------
 */

static bool is_idle_listener(const struct file *file)
{
	return is_listening(file) && !has_queue(file) && file->port != NO_PORT;
}

void step_accept_taken(const struct step *step)
{
	int slot = pick_only(step->r[0], is_idle_listener), client;
	struct sleeper s = {.flags = step->r[1] % 2 ? SOCK_CLOEXEC : 0};
	struct file *file;
	long fd;

	if (slot < 0 || !has_room() || does_not_wait(slot))
		return;
	file = file_at(slot);
	client = client_new(file, step->r[2] % 2);
	if (client < 0)
		return;
	say_call("accept %s sleeps\n", slot_text(slot));
	s.fd = slots[slot].fd;
	file_ref(slots[slot].file);
	sleeper_start(&s);
	number_taken(slot, step);
	client_dials(client, file);
	fd = sleeper_join(&s);
	say_call("accept");
	say_value(fd < 0 ? -1 : 0);
	if (fd >= 0)
		accepted(file, fd, &s.from, sizeof(s.from.ss));
	file_unref(file - world->files);
}

static int slot_of_peer(const struct file *file)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd >= 0 && own_side(file_at(i)) &&
		    own_side(file_at(i)) == peer_side(file))
			return i;
	return -1;
}

static bool sleeps_in_recv(const struct file *file)
{
	int peer = is_connected(file) ? slot_of_peer(file) : -1;

	return peer >= 0 && !readable(file) && may_receive(file) &&
	       !own_side(file)->shut_read && !peer_side(file)->shut_write &&
	       is_alive(file_at(peer)) && file_at(peer)->state == CONNECTED &&
	       file->state == CONNECTED;
}

static void send_to_sleeper(int peer, size_t size)
{
	struct file *file = file_at(peer);
	unsigned char buf[64];
	long r;

	fill_next(file, buf, size);
	say_call("send %s size %zu", slot_text(peer), size);
	r = CALL(send(slots[peer].fd, buf, size, MSG_NOSIGNAL));
	say_value(r);
	if (r > 0)
		own_side(file)->sent += r;
}

void step_receive_taken(const struct step *step)
{
	int slot = pick_only(step->r[0], sleeps_in_recv);
	unsigned char buf[64];
	struct sleeper s = {.buf = buf,
			    .size = 1 + step->r[1] % sizeof(buf),
			    .flags = step->r[2] / 2 % 2 ? MSG_WAITALL : 0};
	int file, peer;
	long r;

	if (slot < 0 || does_not_wait(slot))
		return;
	file = slots[slot].file;
	peer = slot_of_peer(file_at(slot));
	say_call("recv %s size %zu sleeps\n", slot_text(slot), s.size);
	s.fd = slots[slot].fd;
	file_ref(file);
	sleeper_start(&s);
	number_taken(slot, step);
	send_to_sleeper(peer, s.size);
	r = sleeper_join(&s);
	say_call("recv");
	say_result(r, "%s", content_of(&world->files[file], buf, r));
	did_receive(&world->files[file], r);
	file_unref(file);
}
