/* SPDX-License-Identifier: MIT */
/*
 * Where our lines go: standard error, or a file. The program does not expect
 * them, so a line never harms it: it is lost where it can't be written.
 *
 *  - Not into data. Descriptor 2 may be closed, and become a connection or a
 *    data file: a line is written to it only while it is what it was when the
 *    library was loaded, and never where that is a connection.
 *  - No SIGPIPE from a pipe that nobody reads any more, and no waiting for room
 *    in a full one.
 *
 * Async-signal-safe, no cancellation point; errno is left alone.
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_SINK_H
#define TCP2VSOCK_REDIRECT_REPORT_SINK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "redirect/report/line.h"

/* Which open file is meant by a descriptor's number. */
struct sink_file {
	int fd;	       /* -1: none */
	unsigned kind; /* S_IFMT */
	uint64_t dev, ino;
};

struct sink {
	enum { SINK_NOWHERE, SINK_STDERR, SINK_FILE } kind;
	char path[PATH_MAX];
	struct sink_file held;
};

/* Takes note of what standard error is. In the constructor, first of all. */
void sink_note_stderr(void);

/*
 * Reads an environment variable (secure_getenv(3)): unset or empty is nowhere,
 * "-" and "stderr" standard error, anything else a file to append to. Where
 * that can't be written, standard error is told. In the constructor.
 *
 * The file is opened for each line by its name, so that it may be moved away.
 * Whoever has changed his user or his root may not be able to; so it is held
 * open, too, at this number, and what is run by exec(3) finds it there.
 */
void sink_init(struct sink *sink, const char *variable, int number);

/* Whether it is a terminal. */
bool sink_is_terminal(const struct sink *sink);

/*
 * Ends the line and writes it with one call; to standard error where sink is
 * NULL. A program under seccomp(2) may
 * not allow the calls that this takes, and gets no line.
 */
void sink_write(const struct sink *sink, struct line *line);

/* Whose call is told of. */
struct sink_speaker {
	long pid, tid;
	const char *name; /* of the program */
	int number;	  /* of the descriptor fd, as the program has it */
};

/* This thread; or who a door names that makes calls for others. */
void sink_speaker(struct sink_speaker *speaker, int fd);

/* True once in the speaker's process, of each line, 0 to 31. */
bool sink_is_first(int line);

/* That door's way to answer both. Before there is a line. */
void sink_speaker_from(void (*who)(struct sink_speaker *speaker, int fd),
		       bool (*is_first)(int line));

/* "tcp2vsock[PID]: ", at the beginning of a line. */
void sink_start(struct line *line);

/* "tcp2vsock[PID]: TEXT" on standard error, once for each place. */
void sink_complain(bool *said, const char *text);

#endif
