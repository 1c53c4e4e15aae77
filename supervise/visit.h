/* SPDX-License-Identifier: MIT */
/* One call that the kernel has brought to us, while it is served. */
#ifndef TCP2VSOCK_SUPERVISE_VISIT_H
#define TCP2VSOCK_SUPERVISE_VISIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "redirect/report/report.h"
#include "supervise/notice.h"
#include "supervise/sets.h"

/* In place of a result: the kernel is to make the call itself. */
#define GO_ON	     REPORT_LEFT

#define VISIT_OTHERS 64

/* A duplicate of another descriptor of the program, see others.c. */
struct visit_other {
	int fd, number;
};

struct visit {
	union notice notice;
	const __u64 *args; /* of the call, this many */
	unsigned n_args;
	pid_t tid;	 /* the thread that makes it */
	int number;	 /* the descriptor that it is about, and */
	int fd;		 /* ... our duplicate of that */
	uint64_t cookie; /* of the socket under it by now */
	unsigned flags;	 /* known.h, when it began */

	struct sets_saved sets; /* to be watched again: put.c */
	struct visit_other others[VISIT_OTHERS];
	unsigned n_others;

	/* While it waits: parked.c. */
	pthread_t thread;
	unsigned waits; /* how often parked_wait() was called */
	bool is_entered, is_sure;
	__u64 gone; /* the notice that was seen to have gone */
	struct visit *next, *next_entered, *next_in_turn;
	int stop; /* what to answer if the wait is cut short; 0: go on waiting
		   */
};

/* The visit that this thread is serving, or NULL. */
extern __thread struct visit *visit_now;

/* Whether the socket is one of ours: redirected. Pure. */
bool visit_is_ours(const struct visit *visit);

/* Whether a call on it would wait where it has to. One fcntl(2). */
bool visit_may_wait(const struct visit *visit);

/* Whose call it is that lines tell of: for sink_speaker_from(). */
struct sink_speaker;
void visit_speaker(struct sink_speaker *speaker, int fd);
bool visit_is_first(int line);

#endif
