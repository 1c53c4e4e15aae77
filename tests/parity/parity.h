/* SPDX-License-Identifier: MIT */
/*
 * Parity: the same code on TCP and on AF_VSOCK, the same transcript.
 *
 * A check is a function that calls what a program calls and says what it saw.
 * It runs in a process of its own, against a time limit, and knows nothing of
 * vsock: the runner compares what it says on plain TCP with what it says under
 * the library. What varies from run to run (descriptor numbers, ephemeral
 * ports, times) must not be said.
 *
 *	CHECK(connect, nobody_listens)
 *	{
 *		struct addr to = at("127.0.0.1", port(0));
 *		int fd = socket(AF_INET, SOCK_STREAM, 0);
 *
 *		TRY(connect(fd, SA(to)));
 *	}
 */
#ifndef PARITY_H
#define PARITY_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libc.h"

/* ---- Registration -------------------------------------------------- */

enum check_flags {
	CHECK_DIRECT = 1, /* means to make TCP connections, redirected or not */
};

struct check {
	const char *group;
	const char *name;
	void (*run)(void);
	unsigned flags;
	unsigned index; /* its place in the alphabet: decides its ports */
	struct check *next;
};

struct helper {
	const char *name;
	int (*run)(int argc, char **argv);
	struct helper *next;
};

void check_register(struct check *check);
void helper_register(struct helper *helper);

#define CHECK(group, name) CHECK_WITH(group, name, 0)
#define CHECK_WITH(g, n, f)                                                    \
	static void g##_##n(void);                                             \
	static struct check check_##g##_##n = {                                \
		.group = #g, .name = #n, .run = g##_##n, .flags = (f)};        \
	__attribute__((constructor)) static void register_##g##_##n(void)      \
	{                                                                      \
		check_register(&check_##g##_##n);                              \
	}                                                                      \
	static void g##_##n(void)

/* A main() for a program that a check starts: see helper_start(). */
#define HELPER(n)                                                              \
	static int helper_##n(int argc, char **argv);                          \
	static struct helper helper_s_##n = {.name = #n, .run = helper_##n};   \
	__attribute__((constructor)) static void register_helper_##n(void)     \
	{                                                                      \
		helper_register(&helper_s_##n);                                \
	}                                                                      \
	static int helper_##n(int argc, char **argv)

/* ---- The transcript ------------------------------------------------ */

/* The transcript's descriptor, and the first that is the program's own. */
#define TRANSCRIPT_FD 200

/* One line. Async-signal-safe as far as vsnprintf() is. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says why the check can't go on, and ends its process. */
void give_up(const char *what) __attribute__((noreturn));

/* Says "skipped: WHY", and ends the process: the runner counts it. */
void skip(const char *why) __attribute__((noreturn));

/* "ECONNREFUSED"; "0" for 0. */
const char *errno_text(int err);

/*
 * Says the call's own text and what came of it: its value, or errno's name.
 * Also says so when a success has changed errno. Returns the call's value.
 */
#define TRY(call) (errno = ERRNO_MARK, tried(#call, (long)(call)))
/* The same for a call that gives a descriptor: the number is not said. */
#define TRYFD(call) (errno = ERRNO_MARK, (int)tried_fd(#call, (long)(call)))
/* For setting things up: says nothing unless it fails, which ends the check. */
#define MUST(call) must(#call, (long)(call))

#define ERRNO_MARK 4095
long tried(const char *call, long value);
long tried_fd(const char *call, long value);
long must(const char *call, long value);

/* ---- Addresses ----------------------------------------------------- */

struct addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage ss;
	};
};

#define SA(a)	  &(a).sa, (a).len  /* to give one */
#define SA_OUT(a) &(a).sa, &(a).len /* to be given one */

/* Eight ports that the table maps, and four that it leaves alone. */
unsigned port(unsigned n);
unsigned direct_port(unsigned n);

struct addr at(const char *ip, unsigned port_number);
struct addr nowhere(void); /* room for an answer */

/* "127.0.0.1:port(0)", "127.0.0.1:ephemeral", "AF_VSOCK", ... */
const char *addr_text(const struct addr *a, char *buf, size_t size);
void say_addr(const char *label, const struct addr *a);
void say_sockname(const char *label, int fd);
void say_peername(const char *label, int fd);

/* ---- Sockets ------------------------------------------------------- */

int tcp_socket(int family, int flags);
int listen_at(struct addr a, int backlog);
int connect_to(struct addr a);

/* A listener, a client and the socket that accept() gave for it. */
struct trio {
	int listener, client, server;
	struct addr addr;
};

struct trio trio_at(const char *ip);

/* Says an int option's value, or its errno. */
#define SAY_OPTION(fd, level, name) say_option(#name, fd, level, name)
void say_option(const char *label, int fd, int level, int name);
int set_int(int fd, int level, int name, int value);

/* "SO_ERROR ECONNREFUSED": reads and so clears it. */
void say_so_error(int fd);

/* Waits for what is asked; says the events, "no event" after milliseconds. */
void say_poll(const char *label, int fd, short events, int milliseconds);
const char *poll_text(short events, char *buf, size_t size);
/* Waits for any of events, says nothing; true when one came in time. */
bool wait_for(int fd, short events);
/* The longest that a check waits for what is bound to come. */
#define PATIENCE 20000

/*
 * True when the descriptor is AF_VSOCK in the kernel's own view, or AF_UNIX in
 * a run over hybrid vsock.
 */
bool is_vsock(int fd);
/*
 * True in a redirected run, in one over Unix sockets, and in one with a
 * monitor between them.
 */
bool redirected_run(void);
bool hybrid_run(void);
bool monitor_run(void);
/* Says so when a redirected run has left fd on TCP; silent otherwise. */
void expect_redirected(int fd);

int count_descriptors(void);

/* Fills n bytes from a seed; the sum of n bytes. */
void pattern(unsigned char *buf, size_t n, unsigned seed);
unsigned long checksum(unsigned long sum, const unsigned char *buf, size_t n);
/* write() and read() until done; the number of bytes, or -1. */
ssize_t write_all(int fd, const void *buf, size_t n);
ssize_t read_all(int fd, void *buf, size_t n);
/* One byte there, one byte back; says "ping ok" or where it broke. */
void say_ping(int from, int to);

/* ---- Other threads and processes ----------------------------------- */

pthread_t thread_start(void *(*run)(void *), void *arg);
void thread_join(pthread_t thread);

/* Spins until the thread sleeps in the kernel. */
void wait_until_blocked(pid_t pid, pid_t tid);

/* Sends a signal to the calling thread as soon as it sleeps in the kernel. */
void interrupt_when_blocked(int sig);

/* Runs a function in a child; its status is said by say_child(). */
pid_t child_start(void (*run)(void *), void *arg);
/* Says how the child ended: "child exit 0", "child SIGSEGV". */
void say_child(pid_t pid);

enum library {
	WITH_LIBRARY,
	WITHOUT_LIBRARY,
};

/* Starts HELPER(name), by fork and exec, with descriptors inherited. */
pid_t helper_start(const char *name, enum library library, const char *arg);

/* SCM_RIGHTS through a Unix socket. What came has FD_CLOEXEC; -1: nothing. */
void send_fd(int through, int fd);
int receive_fd(int through);

/* ---- Connections that stay pending --------------------------------- */

/*
 * A listener that answers nobody between begin and end. TCP: its queue is
 * full. AF_VSOCK: it is an ordinary one, and a thread that only computes keeps
 * the kernel's loopback worker from the one CPU that it is bound to.
 */
struct pending {
	int listener;
	int filler;
	bool over;
	pthread_t hog;
	struct addr addr;
};

void pending_begin(struct pending *pending);
void pending_end(struct pending *pending);

/* A listener whose queue is full and stays so; it is not ours to redirect. */
struct crowd {
	int listener;
	int filler;
	struct addr addr;
};

void crowd_begin(struct crowd *crowd, const char *ip);
void crowd_end(struct crowd *crowd);

/* libc's own functions, past every preloaded library. */
struct libc {
	int (*socket)(int, int, int);
	int (*bind)(int, const struct sockaddr *, socklen_t);
	int (*listen)(int, int);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	int (*accept)(int, struct sockaddr *, socklen_t *);
	int (*getsockname)(int, struct sockaddr *, socklen_t *);
	int (*getsockopt)(int, int, int, void *, socklen_t *);
	int (*close)(int);
	int (*dup)(int);
};

const struct libc *libc(void);

#endif
