/* SPDX-License-Identifier: MIT */
/* AF_VSOCK's errors, as TCP would have given them. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_ERRORS_H
#define TCP2VSOCK_REDIRECT_KERNEL_ERRORS_H

/*
 * All take and return a positive errno; 0 stays 0. What is
 * changed is noted for the trace and the probes. Async-signal-safe.
 */

/* Of connect(), and of SO_ERROR while a connection is being made. */
int errors_connect(int error);

/* Of socket(AF_VSOCK): the family is missing or forbidden. */
int errors_socket(int error);

/* Of bind() to a vsock address. */
int errors_bind(int error);

/*
 * Of connect() to a virtual machine monitor's Unix socket and to a unix
 * target's, and of bind() to one for a guest.
 */
int errors_monitor(int error);
int errors_unix(int error);
int errors_hybrid_bind(int error);

/*
 * The kernel's errno of the last one that was changed in this thread, or what
 * was put there since; `next` takes its place.
 */
int errors_kernel(int next);

/* "ECONNREFUSED", for the log. */
const char *errors_name(int error);

#endif
