/* SPDX-License-Identifier: MIT */
/* Steps that copy descriptors, close them and hand them to other processes. */
#include "walk.h"

#include <sys/wait.h>

unsigned steps_left_to_child;

static void close_slot(int slot, bool ranged)
{
	int fd = slots[slot].fd;

	say_call("%s %s", ranged ? "close_range" : "close", slot_text(slot));
	say_value(ranged ? CALL(close_range(fd, fd, 0)) : CALL(close(fd)));
	slot_emptied(slot);
}

void step_close(const struct step *step)
{
	int slot = pick_only(step->r[0], is_any);

	if (slot >= 0)
		close_slot(slot, step->r[1] % 4 == 0);
}

/* Past what the library keeps account of by number. */
#define FAR 70000

static long copy(int fd, unsigned r)
{
	if (r >> 8 & 1)
		return CALL(fcntl(fd, F_DUPFD, FAR));
	switch (r % 4) {
	case 0:
		return CALL(fcntl(fd, F_DUPFD, 0));
	case 1:
		return CALL(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	default:
		return CALL(dup(fd));
	}
}

void step_dup(const struct step *step)
{
	int slot = pick_only(step->r[0], is_any), to = slot_free();
	long fd;

	if (slot < 0 || to < 0)
		return;
	say_call("dup %s to %d", slot_text(slot), to);
	fd = copy(slots[slot].fd, step->r[1]);
	say_value(fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	file_at(slot)->copied = true;
	slot_fill(to, fd, slots[slot].file);
}

static void dup_over(int slot, int to, const struct step *step)
{
	int fd = slots[slot].fd, number = slots[to].fd;
	long r;

	say_call("dup %s over %s", slot_text(slot), slot_text(to));
	r = step->r[2] % 2
		    ? CALL(dup2(fd, number))
		    : CALL(dup3(fd, number, step->r[3] % 2 ? O_CLOEXEC : 0));
	say_value(r < 0 ? -1 : 0);
	if (r < 0)
		return;
	file_at(slot)->copied = true;
	slot_emptied(to);
	slot_fill(to, number, slots[slot].file);
}

void step_dup_over(const struct step *step)
{
	int slot = pick_only(step->r[0], is_any);
	int to = pick_only(step->r[1], is_any);

	if (slot >= 0 && slot != to)
		dup_over(slot, to, step);
}

void number_taken(int slot, const struct step *step)
{
	int other = pick_only(step->r[5], is_any);

	if (step->r[4] % 2 && other != slot)
		dup_over(other, slot, step);
	else
		close_slot(slot, step->r[4] % 4);
}

/* ---- to ourselves by a Unix socket ------------------------------------------
 */

static bool send_number(int by, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = {0}, c = 'x';
	struct iovec iov = {&c, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	struct cmsghdr *part = CMSG_FIRSTHDR(&msg);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	return sendmsg(by, &msg, 0) == 1;
}

static int receive_number(int by, int flags)
{
	char room[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = {&c, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	int fd = -1;

	if (recvmsg(by, &msg, flags) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static int pass(int fd, int flags)
{
	int pair[2], copied = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	if (send_number(pair[0], fd))
		copied = receive_number(pair[1], flags);
	close(pair[0]);
	close(pair[1]);
	return copied;
}

void step_pass(const struct step *step)
{
	int slot = pick_only(step->r[0], is_any), to = slot_free();
	int fd;

	if (slot < 0 || to < 0)
		return;
	say_call("pass %s to %d", slot_text(slot), to);
	fd = pass(slots[slot].fd, step->r[1] % 2 ? MSG_CMSG_CLOEXEC : 0);
	say(" = %s\n", fd < 0 ? "nothing" : "0");
	if (fd < 0)
		return;
	slot_fill(to, fd, slots[slot].file);
	file_at(to)->passed = file_at(to)->copied = true;
	if (step->r[2] % 2) {
		close(slots[slot].fd);
		slot_emptied(slot);
	}
}

/* ---- other processes ---------------------------------------------- */

/* A child does some of what comes, with copies of all numbers, and ends. */
void step_fork(const struct step *step)
{
	unsigned n = 1 + step->r[0] % 12;
	int status = 0;
	pid_t pid;

	if (steps_left_to_child)
		return;
	say_call("fork for %u steps\n", n);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd >= 0)
			file_ref(slots[i].file);
	world->n_at_fork = world->n_files;
	pid = fork();
	if (pid == 0) {
		steps_left_to_child = n;
		return;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		say("  cannot fork\n");
		_exit(1);
	}
	if (status)
		say("  the child ended with %#x\n", status);
	say("  and back\n");
}

void step_exec(const struct step *step)
{
	(void)step;
	if (steps_left_to_child)
		return;
	say_call("exec\n");
	walk_exec();
}
