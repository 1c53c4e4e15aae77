/* SPDX-License-Identifier: MIT */
/* Ports to try for bind() to port 0. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_PORTS_H
#define TCP2VSOCK_REDIRECT_CALLS_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct ports_search {
	unsigned next, left;
};

/* A new order, at random. Async-signal-safe. */
void ports_start(struct ports_search *search);

/*
 * The next port to try: first those that Linux gives out by itself
 * (net.ipv4.ip_local_port_range as shipped), then the rest of 1024..65535.
 * False when all have been tried.
 */
bool ports_next(struct ports_search *search, uint16_t *port);

#endif
