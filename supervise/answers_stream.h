/* SPDX-License-Identifier: MIT */
/* The same over TCP (RFC 1035, 4.2.2): a process for each connection. */
#ifndef TCP2VSOCK_SUPERVISE_ANSWERS_STREAM_H
#define TCP2VSOCK_SUPERVISE_ANSWERS_STREAM_H

#include <stddef.h>

#include "supervise/dns.h"

/* Makes the answer in place of the question, or 0: answers.h. */
typedef size_t make_answer(unsigned char *message, size_t size,
			   struct dns_question *question);

/* Takes a connection of this listener, and serves it in a child. */
void answers_stream(int listener, make_answer *make);

#endif
