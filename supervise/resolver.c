/* SPDX-License-Identifier: MIT */
/* The processes that stand for a name server, and our end: see resolver.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirect/state/table.h"
#include "supervise/answers.h"
#include "supervise/keep_only.h"
#include "supervise/private_net.h"
#include "supervise/resolver.h"

#define REFUSAL_MS 1000

struct wish {
	int family, type;
	socklen_t len; /* 0: not connected */
	struct sockaddr_storage server;
};

/* A socket to the helper that makes sockets for us; -1: there is none. */
static int maker = -1;
static bool has_answers; /* somebody answers for the name server */
static bool is_denied;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* ---- descriptors from process to process --------------------------------- */

/* 0, with n descriptors that the caller closes; or -errno. */
static int receive_numbers(int from, int *numbers, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(SERVERS * sizeof(int))];
	} control;
	int error = 0;
	struct iovec iov = {&error, sizeof(error)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *part;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != sizeof(error))
		return -ENOSYS;
	part = CMSG_FIRSTHDR(&msg);
	if (error || !part || part->cmsg_type != SCM_RIGHTS ||
	    part->cmsg_len != CMSG_LEN(n * sizeof(int)))
		return error ? error : -ENOSYS;
	memcpy(numbers, CMSG_DATA(part), n * sizeof(int));
	return 0;
}

/* The descriptors, or an error where that is not 0. */
static void send_numbers(int to, const int *numbers, size_t n, int error)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(SERVERS * sizeof(int))];
	} control = {.room = {0}};
	struct iovec iov = {&error, sizeof(error)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (!error) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(n * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.align), numbers, n * sizeof(int));
	}
	sendmsg(to, &msg, MSG_NOSIGNAL);
}

/* ---- inside the network -------------------------------------------------- */

static int make_socket(const struct wish *wish)
{
	int fd = socket(wish->family, wish->type | SOCK_CLOEXEC, 0);
	struct pollfd refused = {.fd = fd};
	int r;

	if (fd < 0)
		return -errno;
	if (!wish->len ||
	    !connect(fd, (const struct sockaddr *)&wish->server, wish->len))
		return fd;
	r = -errno;
	if (r == -EINPROGRESS && poll(&refused, 1, REFUSAL_MS) == 1)
		return fd;
	close(fd);
	return r;
}

static void grant_wishes(int from)
{
	struct wish wish;

	while (recv(from, &wish, sizeof(wish), 0) == sizeof(wish)) {
		int fd = make_socket(&wish);

		send_numbers(from, &fd, 1, fd < 0 ? fd : 0);
		if (fd >= 0)
			close(fd);
	}
}

static void live_inside(int wishes, int outside)
{
	int servers[SERVERS];
	int r = private_net_enter(servers);

	send_numbers(outside, servers, SERVERS, r);
	close(outside);
	if (r)
		_exit(0);
	for (int i = 0; i < SERVERS; i++)
		close(servers[i]);
	grant_wishes(wishes);
	_exit(0);
}

/* ---- their beginning ----------------------------------------------------- */

/*
 * No descriptor of the supervisor's may stay open here: others wait for its
 * end. Ends with its parent.
 */
static void become_helper(pid_t parent, int keep, int and_keep)
{
	const int ours[] = {keep, and_keep};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	setpgid(0, 0); /* not in the program's, which may be killed */
	keep_only(ours, 2);
	dup2(STDIN_FILENO, STDERR_FILENO);
}

static void live_outside(int wishes)
{
	pid_t me = getpid();
	int pair[2], servers[SERVERS];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		_exit(0);
	if (fork() == 0) {
		become_helper(me, wishes, pair[1]);
		live_inside(wishes, pair[1]);
	}
	close(pair[1]);
	close(wishes);
	if (!receive_numbers(pair[0], servers, SERVERS))
		answers_give(servers);
	_exit(0);
}

void resolver_begin(void)
{
	pid_t me = getpid();
	int pair[2];

	if (!table_get() || !map_has_names(table_get()) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	if (fork() == 0) {
		become_helper(me, pair[1], -1);
		live_outside(pair[1]);
	}
	close(pair[1]);
	maker = pair[0];
	has_answers = true;
}

/* Ends with us: nobody wishes any more. */
static void begin_without_names(void)
{
	int pair[2], servers[SERVERS];

	if (is_denied ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	if (fork() == 0) {
		setpgid(0, 0);
		keep_only(&pair[1], 1);
		dup2(STDIN_FILENO, STDERR_FILENO);
		if (!private_net_enter(servers))
			grant_wishes(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	maker = pair[0];
}

/* Under the lock. */
static int ask_maker(const struct wish *wish)
{
	int fd, r = -ENOSYS;

	if (send(maker, wish, sizeof(*wish), MSG_NOSIGNAL) == sizeof(*wish))
		r = receive_numbers(maker, &fd, 1);
	return r ? r : fd;
}

int resolver_refused(int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(1)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(1),
				  .sin6_addr = in6addr_loopback};
	struct wish wish = {.family = family,
			    .type = SOCK_STREAM | SOCK_NONBLOCK};
	bool is_v6 = family == AF_INET6;
	int fd = -ENOSYS;

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	wish.len = is_v6 ? sizeof(v6) : sizeof(v4);
	memcpy(&wish.server, is_v6 ? (void *)&v6 : (void *)&v4, wish.len);
	pthread_mutex_lock(&one_at_a_time);
	if (maker < 0)
		begin_without_names();
	if (maker >= 0)
		fd = ask_maker(&wish);
	is_denied = fd < 0;
	if (is_denied && !has_answers && maker >= 0) {
		close(maker);
		maker = -1;
	}
	pthread_mutex_unlock(&one_at_a_time);
	return fd;
}

int resolver_socket(int family, int type)
{
	struct wish wish = {.family = family, .type = type};
	int fd;

	if (!has_answers)
		return -ENOSYS;
	pthread_mutex_lock(&one_at_a_time);
	fd = ask_maker(&wish);
	pthread_mutex_unlock(&one_at_a_time);
	return fd;
}
