/* SPDX-License-Identifier: MIT */
/*
 * The second door: a program whose calls a preloaded library would not see, Go's
 * and static ones, is run under a supervisor that the kernel asks about each of
 * its socket calls (seccomp_unotify(2)). The same engine answers (redirect/).
 *
 * From outside to inside:
 *
 *	supervise.c	the processes: launcher, supervisor, program; how they
 *			live and die
 *	filter.c	which calls are brought to us
 *	parked.c	the threads that serve them, and those that wait
 *	visit.c		one call, from its notification to its answer
 *	serve_*.c	what is done about it, a function for each call
 *	put.c, others.c, sets.c
 *			what the engine does to a number, done in the program:
 *			its descriptors, its other sockets, its epoll sets
 *	resolver.c, private_net.c, answers.c, dns.c
 *			the table's names, for programs that ask a name server
 *			by themselves
 *	known.c		what is known of each socket of the tree
 *	notice.c, task.c
 *			the kernel's side: notifications, another's memory
 *
 * What is not here: read() and write(), and messages without special flags, go
 * to the kernel untouched. A thread that changes an address while we look at it
 * is not stopped from it: this is no fence against a hostile program.
 */
#ifndef TCP2VSOCK_SUPERVISE_SUPERVISE_H
#define TCP2VSOCK_SUPERVISE_SUPERVISE_H

/*
 * Runs the program `path`, found as execvp(3) does, with the words `command`,
 * supervised and with the table of the environment. Does not return
 * where it was ended by a signal: this process ends by the same. Else its exit
 * status; where it could not be run, what cannot() says, given the path and
 * a positive errno; 125 where it could not be supervised, the reason printed.
 */
int supervise_run(const char *path, char **command,
		  int (*cannot)(const char *path, int error));

#endif
