/* SPDX-License-Identifier: MIT */
/* A network of our own, in which every address is this machine. */
#ifndef TCP2VSOCK_SUPERVISE_PRIVATE_NET_H
#define TCP2VSOCK_SUPERVISE_PRIVATE_NET_H

/*
 * Takes the calling process, which must have one thread, into such a network
 * for good. servers: a UDP socket for IPv4 and one for IPv6, bound to port 53
 * of every address, which tell for each message where it was sent to
 * (IP_PKTINFO), and two that listen there for TCP. 0 or -errno: not allowed
 * here, or not there.
 */
#define SERVERS 4
int private_net_enter(int servers[SERVERS]);

#endif
