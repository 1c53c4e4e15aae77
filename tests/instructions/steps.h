/* SPDX-License-Identifier: MIT */
/*
 * What a process does between two signals that it raises itself, counted exactly
 * by its parent (ptrace): instructions between two SIGTRAP, system calls between
 * two SIGUSR1. What raise() takes of them is in it: count nothing, too.
 */
#ifndef TESTS_INSTRUCTIONS_STEPS_H
#define TESTS_INSTRUCTIONS_STEPS_H

#include <sys/types.h>

/* In the process: from now on its parent's steps_watch() has to be there. */
int steps_begin(void);

/*
 * Waits for the child's end, and calls note() at each second signal. Returns the
 * child's exit status, or 128 and more where a signal ended it.
 */
int steps_watch(pid_t child, void (*note)(long count));

#endif
