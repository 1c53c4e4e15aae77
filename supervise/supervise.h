/* SPDX-License-Identifier: MIT */
/*
 * The second door: a program whose calls a preloaded library would not see, Go's
 * and static ones, is run under a supervisor that the kernel asks about each of
 * its socket calls (seccomp_unotify(2)). The same engine answers (redirect/).
 *
 * What is not here: read() and write(), and messages without special flags, go
 * to the kernel untouched. A thread that changes an address while we look at it
 * is not stopped from it: this is no fence against a hostile program.
 *
 * All of it runs in threads of the launcher and its children, so that nothing
 * here needs to be async-signal-safe. A mutex is its file's own, and held
 * across no call that sleeps; but resolver.c's, while a name server is made.
 *
 * Map of supervise/:
 *	answers.c        a name server for the table's names
 *	answers_stream.c the same over TCP
 *	dns.c            its questions and answers
 *	filter.c         which calls are brought to us
 *	heirs.c          who takes a port when its listener is gone
 *	keep_only.c      the caller's descriptors, given up
 *	known.c          what is known of each socket of the tree
 *	libc_calls.c     what the engine calls in this process
 *	listener.c       where they come from, and whether they can be had
 *	notice.c         notifications of the kernel
 *	others.c         the program's other sockets, for the engine
 *	parked.c         the threads that serve, and those that wait
 *	place.c          files of Unix sockets, made where the program would
 *	private_net.c    a network in which every address is here
 *	put.c            what the engine puts under a number, put in the program
 *	resolver.c       the processes that stand for a name server
 *	serve.c          one call, from its notification to its answer
 *	serve_accept.c   accept()
 *	serve_data.c     sending, receiving, ioctl()
 *	serve_lookup.c   sockets that ask a name server
 *	serve_message.c  sendmsg() and recvmsg()
 *	serve_moved.c    rename() and link() of a socket's file
 *	serve_names.c    getsockname() and getpeername()
 *	serve_numbers.c  dup(), fcntl(), epoll_create()
 *	serve_options.c  getsockopt() and setsockopt()
 *	serve_socket.c   connect(), bind(), listen(), shutdown()
 *	sets.c           the program's epoll sets
 *	supervise.c      launcher, supervisor, program: how they live and die
 *	task.c           another process's descriptors and memory
 *	visit.c          the call that a thread serves
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
