/* SPDX-License-Identifier: MIT */
/*
 * TCP2VSOCK_TRACE: a line for each socket call that has to do with an address,
 * ruled or not, with the rule, the error, and the time that it took. Tracing
 * asks the kernel besides; not tracing costs a hook one test. Nothing is
 * traced once the program is in a seccomp sandbox. Async-signal-safe; errno is
 * left alone.
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_TRACE_H
#define TCP2VSOCK_REDIRECT_REPORT_TRACE_H

#include <stdbool.h>
#include <sys/socket.h>

/* Set by trace_init(): the only thing that is looked at when not tracing. */
extern bool trace_is_on;

/* Reads TCP2VSOCK_TRACE. In the constructor. */
void trace_init(void);

/* A call, between its two ends. */
struct trace {
	long start_ns;
	int outer_error; /* of a call that a signal handler's interrupts */
};

enum trace_call {
	TRACE_CONNECT,
	TRACE_BIND,
	TRACE_LISTEN,
	TRACE_ACCEPT,
	TRACE_SHUTDOWN,
	TRACE_SO_ERROR,
};

void trace_begin_slowly(struct trace *trace);
void trace_end_slowly(const struct trace *trace, enum trace_call call, int fd,
		      const struct sockaddr *sa, socklen_t len, long r);

static inline void trace_begin(struct trace *trace)
{
	if (__builtin_expect(trace_is_on, false))
		trace_begin_slowly(trace);
}

/*
 * Writes the line. r is what the hook's logic returned, and is returned; sa and
 * len are connect()'s and bind()'s address, whatever they point to, len is
 * the backlog of listen() and what shutdown() shuts.
 */
static inline long trace_end(const struct trace *trace, enum trace_call call,
			     int fd, const struct sockaddr *sa, socklen_t len,
			     long r)
{
	if (__builtin_expect(trace_is_on, false))
		trace_end_slowly(trace, call, fd, sa, len, r);
	return r;
}

/* Keeps the kernel's errno for the line of the call that is under way. */
void trace_kernel_error(int error);

#endif
