/* SPDX-License-Identifier: MIT */
/*
 * Random walks: a seed becomes a plan of socket calls, the plan is carried out
 * and says what each call gave. The same plan on TCP and redirected must say
 * the same, word for word.
 *
 * Nothing in a walk rests on time. It runs with SCHED_IDLE on one CPU, where
 * every thread of the kernel goes first (kernel/sched/fair.c,
 * check_preempt_wakeup()): when a call returns, all that it has set in motion
 * has happened. What a call depends on beyond that is kept in the model, which
 * knows who is connected to whom and how many bytes are under way. Where the
 * model finds one of the differences that stay (LIMITATIONS in tcp2vsock(1)),
 * the call is left out: model.c has each of them with its reason.
 */
#ifndef WALK_H
#define WALK_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/parity/libc.h"

enum {
	SLOTS = 8,  /* descriptors that a walk has at once */
	FILES = 64, /* sockets that it makes in all */
	CONNS = 48,
	SETS = 2, /* epoll sets */
	STEPS_MAX = 120,
	NUMBERS = 6, /* random numbers of one step */
	ROOM = 1 << 16,
	IN_FLIGHT_MAX = 16 * 1024, /* what the smallest window holds */
	QUEUE_MAX = 8,
};

/* ---- the plan --------------------------------------------------------- */

struct step {
	unsigned kind;
	unsigned r[NUMBERS];
};

/* Same seed, same plan. Returns the number of steps. */
unsigned plan_make(uint64_t seed, struct step steps[STEPS_MAX]);

/* Carries one step out. */
void step_run(const struct step *step);

/* ---- ports and addresses ----------------------------------------------- */

enum {
	PORTS_MAPPED = 6,
	PORT_NOBODY = 4, /* has no listener, ever */
	PORT_TWINS = 5,	 /* of step_twins() alone */
	PORT_DIRECT = 6, /* stays on TCP, redirected or not */
	PORT_DIRECT_NOBODY = 7,
	PORTS = 8,
	NO_PORT = -1,
};

enum where {
	LOOPBACK4, /* 127.0.0.1 */
	FIVE4,	   /* 127.0.0.5: another range of ports in the table */
	ANY4,
	LOOPBACK6,
	ANY6,
	MAPPED6, /* ::ffff:127.0.0.1 */
	WHERES,
};

struct addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage ss;
		char bytes[256];
	};
};

struct addr addr_make(enum where where, int port);
/* "127.0.0.1:port(0)", "[::]:0", "127.0.0.1:ephemeral" */
const char *addr_text(const struct addr *addr, char *buf, size_t size);
bool where_is_v4(enum where where);

/* ---- the model --------------------------------------------------------- */

enum state {
	FRESH,
	BOUND,
	LISTENING,
	SHUT,	   /* a listener that was shut down */
	DIALLED,   /* a non-blocking connect() was begun */
	CONNECTED, /* the program knows it */
	RUINED,	   /* nothing that it says can be compared any more */
};

struct file {
	int refs;
	int family;
	bool v6only;
	bool reuse;
	enum state state;
	int port; /* of bind(), or NO_PORT */
	enum where where;
	int conn, end;
	bool error_taken;
	bool linger_0;
	bool was_mapped;     /* connected, or tried to, to an IPv4 address */
	bool orphaned;	     /* a number of it was closed, and it lives on */
	bool shut_elsewhere; /* by another process */
	bool copied;
	bool autobound;	  /* listened without bind() */
	bool passed;	  /* as SCM_RIGHTS */
	bool stale;	  /* has failed: its name is anything */
	bool sizes_set;	  /* SO_RCVBUF and SO_SNDBUF are its own */
	bool tcp_options; /* lost in an exec */
	bool direct;	  /* its port is one that stays on TCP */
	unsigned news;	  /* arrivals so far: bytes, connections, ends */
};

struct side {
	int file; /* -1: not accepted yet */
	bool closed, shut_read, shut_write;
	unsigned sent, got;
};

struct conn {
	struct side side[2]; /* the client's and the server's */
	int listener;	     /* the file, until it is accepted; else -1 */
	bool dual;	     /* of a listener for both families */
	bool reset;	     /* TCP has reset it */
};

struct slot {
	int fd; /* -1: empty */
	int file;
};

struct registration {
	int file;
	uint32_t events;
	unsigned seen; /* news of the file when it was last waited for */
	bool used;
};

/* Shared by all processes of one walk, and kept over exec. */
struct world {
	uint64_t seed;
	struct file files[FILES];
	struct conn conns[CONNS];
	int n_files, n_conns, n_at_fork;
	bool client_port_used[PORTS], conn_on_port[PORTS], port_shared[PORTS],
		port_strict[PORTS];
	struct registration sets[SETS][SLOTS * 4];
	int n_registrations[SETS];
	unsigned step;
	struct slot slots[SLOTS]; /* over exec */
	int epoll[SETS];
	int child_has; /* descriptors that one of storm.c counted */
	size_t text_len;
	char text[ROOM];
};

extern struct world *world;
extern struct slot slots[SLOTS];
extern bool ran_exec;

struct file *file_at(int slot);
int file_new(int family);
void file_ref(int file);
void file_unref(int file);
int slot_free(void);
void slot_fill(int slot, int fd, int file);
/* Closed by now, whatever has closed it. */
void slot_emptied(int slot);

/* For what is bound to come, if a slot has the file. */
bool wait_for(int file, short events);

typedef bool file_test(const struct file *file);
/* One of the slots that pass, mostly; else any that is filled; or -1. */
int pick(unsigned r, file_test *good);
/* Only those that pass; or -1. */
int pick_only(unsigned r, file_test *good);

bool is_any(const struct file *file);
bool is_alive(const struct file *file); /* not RUINED */
bool is_new(const struct file *file);
bool is_bound(const struct file *file);
bool is_listening(const struct file *file);
bool has_queue(const struct file *file);
bool is_connected(const struct file *file);
bool has_data(const struct file *file);
bool has_failed(const struct file *file);

struct side *own_side(const struct file *file);
struct side *peer_side(const struct file *file);
unsigned readable(const struct file *file);

bool may_swap(const struct file *file);
bool may_bind(const struct file *file, enum where where, int port);
bool may_listen(const struct file *file);
bool may_connect(const struct file *file, enum where where, int port);
bool may_send(const struct file *file);
bool may_receive(const struct file *file);
bool has_no_peer(const struct file *file);
bool is_over(const struct file *file);
bool may_read_plainly(const struct file *file);
bool may_write_plainly(const struct file *file);
/* Events of poll() that are not to be compared. */
uint32_t masked_events(const struct file *file);

/* What has happened. */
void did_bind(struct file *file, enum where where, int port);
void did_listen(struct file *file);
void did_connect(struct file *file, enum where where, int port, long r);
void did_disconnect(struct file *file);
int did_accept(struct file *listener);
void did_send(struct file *file, long n);
void did_receive(struct file *file, long n);
void did_shutdown(struct file *file, int how, long r);
void did_fail(struct file *file);

/* ---- the transcript ----------------------------------------------------- */

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What comes before the result: "12 recv(slot 3 connected, 10)". */
void say_call(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends the line; errno is what the call left. */
void say_value(long r);
void say_result(long r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *errno_text(int error);
const char *events_text(uint32_t events);
/* "3 connected": the slot and what the model has of it. */
const char *slot_text(int slot);

/* ---- calls that may block ------------------------------------------------ */

/*
 * EINTR ends a call that would last for ever; the limit is short where nothing
 * is there that it could have.
 */
void limit_begin(bool is_there);
void limit_end(void);

#define ERRNO_MARK 4095
/* r of a call, errno marked before, with a limit. */
#define CALL(call)                                                             \
	({                                                                     \
		long r_;                                                       \
		errno = ERRNO_MARK;                                            \
		r_ = (long)(call);                                             \
		r_;                                                            \
	})
#define CALL_LIMITED(is_there, call)                                           \
	({                                                                     \
		long r_;                                                       \
		limit_begin(is_there);                                         \
		errno = ERRNO_MARK;                                            \
		r_ = (long)(call);                                             \
		limit_end();                                                   \
		r_;                                                            \
	})

/* ---- a call that sleeps in another thread --------------------------------- */

struct sleeper {
	int fd, flags;
	unsigned char *buf; /* recv(); none: accept4() */
	size_t size;
	struct addr from;
	long result;
	int error;
	pid_t tid;
	bool over;
	pthread_t thread;
};

/* Returns when it sleeps in the kernel, or has its result already. */
void sleeper_start(struct sleeper *sleeper);
/* The call's result, with errno. */
long sleeper_join(struct sleeper *sleeper);
/* The number is closed, or a copy of another socket gets it. */
void number_taken(int slot, const struct step *step);
/* Without the signals that are for the thread which makes a call. */
void join_undisturbed(pthread_t thread);

/* ---- signals and forks in the middle of a step ---------------------------- */

enum { SIGNALS = 1, FORKS = 2 };

/* What of these the step may meet; some steps do. */
void storm_begin(const struct step *step, unsigned what);
void storm_end(void);
/* For descriptors that nobody gave to the child: walk.c. */
int count_descriptors(void);
void walk_count(void) __attribute__((noreturn));

/* O_NONBLOCK is set. */
bool does_not_wait(int slot);

/* An address that is not mapped. */
void *bad_pointer(unsigned r);

/* ---- steps, by file ------------------------------------------------------ */

typedef void step_function(const struct step *step);

step_function step_socket, step_bind, step_listen, step_connect, step_accept,
	step_listener, step_pair, step_unspec;
step_function step_close, step_dup, step_dup_over, step_fork, step_exec,
	step_pass;
step_function step_accept_taken, step_receive_taken, step_twins;
step_function step_send, step_receive, step_shutdown, step_ioctl;
step_function step_get, step_set, step_get_any, step_status;
step_function step_poll, step_epoll_ctl, step_epoll_wait, step_epoll_move,
	step_names, step_so_error;

/* Room for two more descriptors. */
bool has_room(void);
/* A new socket's slot, or -1 where it may not dial that listener. */
int client_new(const struct file *listener, bool non_blocking);
void client_dials(int slot, const struct file *listener);
/* A descriptor that accept() of it gave; its peer is said where room is. */
void accepted(struct file *listener, int fd, const struct addr *addr,
	      socklen_t room);
/* Bytes that the file's end has to send next, or has got. */
void fill_next(const struct file *file, unsigned char *buf, size_t size);
const char *content_of(const struct file *file, const unsigned char *buf,
		       long n);

/* How many of the coming steps a child does, and where it stands. */
extern unsigned steps_left_to_child;

/* For a step that must end this process: after exec or in a child. */
void walk_exec(void) __attribute__((noreturn));

#endif
