/* SPDX-License-Identifier: MIT */
/*
 * The connections of the measuring programs: the same code over TCP, which may
 * be redirected, and over AF_VSOCK as a program written for it would do it.
 * What can't go on ends the program with a message.
 */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest piece of data that is written at once, in bytes. */
#define LARGEST (1 << 20)

extern char data[LARGEST];

/* What a connection is for: the first byte on it. */
enum purpose {
	SEND = 's',    /* the server reads */
	RECEIVE = 'r', /* the server writes */
	ASK = 'a',     /* the server gives back what it reads */
	CONNECT = 'c', /* the server closes at once */
	HOLD = 'h',    /* the server keeps it, and does nothing */
};

/* Says what has failed, and why (errno). Never returns. */
void die(const char *what);

/* "tcp" or "vsock". Returns false if it is neither. */
bool peer_choose(const char *way);

/* A listener on the loopback address (127.0.0.1, CID 1). */
int peer_listen(unsigned int port);

/* A connection to there. */
int peer_connect(unsigned int port);

/*
 * A connection that has told the server its purpose and, for all but CONNECT,
 * the size of a piece of data, and has been answered.
 */
int peer_dial(unsigned int port, enum purpose purpose, uint32_t size);

/* All of it: 0, or -1 at the end of the data or after an error. */
int read_all(int fd, void *to, size_t size);
int write_all(int fd, const void *from, size_t size);

/* Answers connections for ever. Never returns. */
void serve(unsigned int port);

#endif
