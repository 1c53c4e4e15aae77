/* SPDX-License-Identifier: MIT */
/* Who takes a port when its listener is gone: see heirs.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/listener.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/remembered.h"
#include "redirect/state/tag.h"
#include "supervise/heirs.h"

#define HEIRS	64
#define LOOK_MS 100
#define DIAL_MS 1000

static struct heir {
	uint64_t listener;     /* the quiet one's cookie; 0: free */
	struct sockaddr_vm at; /* ... and where it is bound */
	int fd;
	bool has_port;
} heirs[HEIRS];
static int n_heirs;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t are_some = PTHREAD_COND_INITIALIZER;

/*
 * Of those that have the port, each once for a caller; poll(2) would keep open
 * what another thread closes.
 */
static int callers = -1;

static struct heir *heir_of(uint64_t listener)
{
	for (int i = 0; i < HEIRS; i++)
		if (heirs[i].listener == listener)
			return &heirs[i];
	return NULL;
}

static void await_caller(struct heir *heir, int op)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT,
				    .data.u32 = heir - heirs};

	epoll_ctl(callers, op, heir->fd, &event);
}

/* ---- who is there -------------------------------------------------------- */

/* Whoever has the address is there still. */
static bool is_had(const struct sockaddr_vm *at)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool had = fd < 0 || vsock_call_bind(fd, at->svm_cid, at->svm_port);

	if (fd >= 0)
		close(fd);
	return had;
}

static void end_heir(struct heir *heir)
{
	listeners_forget(heir->fd);
	close(heir->fd);
	heir->listener = 0;
	n_heirs--;
}

/* The next one that asks for the port is to know that it is a listener's. */
static void come_into_port(struct heir *heir)
{
	struct listener listener = {0};

	if (listener_succeed(heir->fd))
		return;
	heir->has_port = true;
	await_caller(heir, EPOLL_CTL_ADD);
	hint_reset(heir->fd, HINT_REDIRECTED);
	if (listeners_read(heir->fd, &listener) < 0)
		return;
	listener.reuse_port = true;
	listeners_add(&listener);
}

void heirs_look(void)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < HEIRS; i++)
		if (heirs[i].listener && !is_had(&heirs[i].at))
			end_heir(&heirs[i]);
	for (int i = 0; i < HEIRS; i++)
		if (heirs[i].listener && !heirs[i].has_port)
			come_into_port(&heirs[i]);
	pthread_mutex_unlock(&mutex);
}

/* ---- who watches --------------------------------------------------------- */

/* A connection stays in the queue when its client has closed it. */
static void dial_quiet(const struct sockaddr_vm *at)
{
	int fd =
		socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pollfd = {fd, POLLOUT, 0};

	if (vsock_call_connect(fd, at->svm_cid, at->svm_port) == -EINPROGRESS)
		poll(&pollfd, 1, DIAL_MS);
	close(fd);
}

static void ring(unsigned i)
{
	struct sockaddr_vm at;
	bool is_free;

	pthread_mutex_lock(&mutex);
	at = heirs[i].at;
	is_free = !heirs[i].listener;
	pthread_mutex_unlock(&mutex);
	if (!is_free)
		dial_quiet(&at);
}

static void *watch(void *arg)
{
	struct epoll_event events[HEIRS];
	int n;

	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!n_heirs)
			pthread_cond_wait(&are_some, &mutex);
		pthread_mutex_unlock(&mutex);
		n = epoll_wait(callers, events, HEIRS, LOOK_MS);
		for (int i = 0; i < n; i++)
			ring(events[i].data.u32);
		heirs_look();
	}
	return arg;
}

static bool is_watched(void)
{
	pthread_t thread;

	if (callers >= 0)
		return true;
	callers = epoll_create1(EPOLL_CLOEXEC);
	if (callers < 0 || pthread_create(&thread, NULL, watch, NULL))
		return false;
	pthread_detach(thread);
	return true;
}

/* ---- for those who serve ------------------------------------------------- */

/* Like the quiet listener, but for its port: a descriptor or -errno. */
static int make(int quiet)
{
	int made = listener_make_heir(quiet);
	int fd = made < 0 ? made : fcntl(made, F_DUPFD_CLOEXEC, 0);

	if (made >= 0)
		own_close(made);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void add(int quiet, uint64_t cookie)
{
	struct heir *heir = heir_of(cookie) ? NULL : heir_of(0);

	if (!heir || !is_watched() || vsock_call_own(quiet, &heir->at))
		return;
	heir->fd = make(quiet);
	heir->has_port = false;
	if (heir->fd < 0)
		return;
	heir->listener = cookie;
	n_heirs++;
	pthread_cond_signal(&are_some);
}

void heirs_add(int fd)
{
	int tag = tag_read(fd);

	if (tag < 0 || !(tag & TAG_QUIET) || (tag & (TAG_HYBRID | TAG_SHUT)) ||
	    !ask_listening(fd))
		return;
	pthread_mutex_lock(&mutex);
	add(fd, remembered_cookie(fd));
	pthread_mutex_unlock(&mutex);
}

bool heirs_has(uint64_t listener)
{
	bool has;

	pthread_mutex_lock(&mutex);
	has = listener && heir_of(listener);
	pthread_mutex_unlock(&mutex);
	return has;
}

/* Whoever else dials a quiet listener is turned away with our own. */
static void empty_queue(int quiet)
{
	struct pollfd pollfd = {quiet, POLLIN, 0};
	int fd;

	while (poll(&pollfd, 1, 0) == 1 &&
	       (fd = accept4(quiet, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(fd);
}

/* Whoever has come meanwhile is told of anew. */
static int accept_as(struct heir *heir, int quiet, struct sockaddr *sa,
		     socklen_t *len, int flags)
{
	int r;

	empty_queue(quiet);
	if (!heir->has_port)
		return -EAGAIN;
	r = accept4_socket(heir->fd, sa, len, flags);
	await_caller(heir, EPOLL_CTL_MOD);
	return r;
}

int heirs_accept(uint64_t listener, int quiet, struct sockaddr *sa,
		 socklen_t *len, int flags)
{
	struct heir *heir;
	int r = -ENOENT;

	pthread_mutex_lock(&mutex);
	heir = heir_of(listener);
	if (heir)
		r = accept_as(heir, quiet, sa, len, flags);
	pthread_mutex_unlock(&mutex);
	return r;
}
