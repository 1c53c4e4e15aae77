/* SPDX-License-Identifier: MIT */
/* What is answered to those who ask for a name. */
#ifndef TCP2VSOCK_SUPERVISE_ANSWERS_H
#define TCP2VSOCK_SUPERVISE_ANSWERS_H

/*
 * Answers on these sockets (private_net.h) for ever: names of the table by the
 * table, others by the server that was asked, in the network that this process
 * is in.
 */
void answers_give(const int servers[]) __attribute__((noreturn));

#endif
