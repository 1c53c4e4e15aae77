/* SPDX-License-Identifier: MIT */
/*
 * Many kinds of trouble at once, for as long as it is told, in PROCESSES
 * processes that have 64 threads together. It knows nothing of vsock: whether
 * it was redirected is looked at from outside.
 *
 *	main.c		the processes, and what must be so at the end
 *	worker.c	one process: its listener, its threads, its trouble
 *	clients.c	the ways to make a connection; children.c those with a
 *child server.c	the other end
 *	transfer.c	what goes over a connection, and its accounts
 *	chaos.c		descriptors that threads take away from each other
 *	calls.c		socket calls that get no memory and are interrupted
 *	leftovers.c	descriptors, memory and TCP connections
 */
#ifndef TCP2VSOCK_TESTS_SOAK_H
#define TCP2VSOCK_TESTS_SOAK_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define PROCESSES 8
#define SERVERS	  2
#define CLIENTS	  6
#define KINDS	  16

/* What all processes share. */
struct account {
	int first_port;
	bool tcp;	   /* not redirected */
	bool unix_targets; /* no peer is shown as the loopback */
	atomic_int listeners;
	atomic_bool clients_stop, servers_stop;
	atomic_int clients; /* threads that still run */
	atomic_ullong progress;

	/* Bytes of connections that end in order; they have to be equal. */
	atomic_ullong sent, received;
	/* Of those that are cut off: none is received that wasn't sent. */
	atomic_ullong cut_sent, cut_received;
	atomic_ullong connected, accepted;
	atomic_ullong kinds[KINDS];
	atomic_ullong no_descriptor, no_memory, interrupted, chaos;
	atomic_ullong failures;
};

extern struct account *account;

/* A random number of this thread's own. */
uint64_t chance(void);
static inline bool one_in(unsigned n)
{
	return chance() % n == 0;
}
void chance_seed(uint64_t seed);

/* What kind of client this thread is at the moment, for complain(). */
extern __thread int doing;

/* Counts a failure and says what happened, with errno. */
void complain(const char *what);

/* ---- transfer.c ---------------------------------------------------------- */

enum ending {
	WHOLE,	       /* read to the end and answered */
	CUT_IN_ORDER,  /* the client closes, and all that it sent arrives */
	CUT_BY_CLIENT, /* the client vanishes */
	CUT_BY_SERVER,
};

/* The client's part on a connected socket, which stays open. */
bool talk(int fd, enum ending ending);
/* As children do it, under a limit of time that the parent sets by a signal. */
void talk_for_ever(int fd);
/* The server's part. */
void answer(int fd, const struct sockaddr_storage *peer);

/* ---- calls.c ------------------------------------------------------------- */

/* As libc's, while malloc() fails, and again where a signal came. */
int soak_socket(int family, int type);
int soak_accept(int listener, struct sockaddr_storage *peer);
bool soak_connect(int fd, const struct sockaddr_storage *sa);
int soak_dup(int fd);
void soak_close(int fd);
/* Its own port, with the peer checked against `sa` where that isn't NULL. */
int soak_names(int fd, const struct sockaddr_storage *sa);
/* connect() returned this and errno; waits for the end. */
bool soak_connected(int fd, int r);

/*
 * Held for writing while RLIMIT_NOFILE changes, and by a thread that wants to
 * while it is in connect(): the manual says what becomes of a further number of
 * the socket otherwise.
 */
extern pthread_rwlock_t soak_limit;
extern __thread bool soak_holds_limit;

/* The listener of a process, by one of its addresses. */
void soak_address(struct sockaddr_storage *sa, int process, int family);
socklen_t soak_length(const struct sockaddr_storage *sa);

/* ---- the rest -------------------------------------------------------------
 */

/* One connection of any kind; `spawn`: programs may be started. */
void client(bool spawn);

/* Kinds of clients.c that need a child, each with a connection of its own. */
void client_forked(void);
void client_child_connects(void);
void client_killed(void);
void client_spawned(void);
void client_vforked(void);

/* What a started program does with the socket that it has: its status. */
int child_main(int fd);
/* A socket that is connected to any process. */
int connected(enum ending *ending);

/* Serves until the listener is shut down; forks for some. */
void serve(int listener);

/* One process, to its end: its status. */
int worker(int process);

/* Threads that take each other's descriptors, until the clients stop. */
int chaos(int process);

int leftovers_descriptors(void);

/* VmData and RssAnon of proc_pid_status(5), in KiB. */
struct memory {
	long mapped, used;
};

struct memory leftovers_memory(void);
/* ActiveOpens and PassiveOpens of /proc/net/snmp. */
long leftovers_tcp_opens(void);

#endif
