/* SPDX-License-Identifier: MIT */
/* A rule, as it is read and as the table holds it. */
#ifndef TCP2VSOCK_CONFIG_RULE_H
#define TCP2VSOCK_CONFIG_RULE_H

#include "config/host.h"

#define CID_ANY	  UINT32_MAX
#define CID_LOCAL 1

struct rule {
	struct host host;
	uint16_t first, last; /* IP ports; 0 is only matched by all_ports */
	uint32_t cid;
	uint32_t vfirst; /* the vsock port that first leads to */
	uint32_t timeout_ms;
	uint32_t buffer;
	uint32_t path;	    /* string_at(); 0: none */
	uint32_t unix_name; /* string_at(), of a HOST_UNIX */
	uint32_t source;    /* which one, from 0 */
	uint32_t line;
	bool all_ports;	    /* written as "*": first is 1, last 65535 */
	bool is_peer;	    /* host is the IP address, cid the CID */
	uint8_t directions; /* of enum map_direction */
	uint8_t verdict;    /* enum map_verdict */
};

/* Of timeout= and buffer=: from the largest to 1, and an empty one. */
struct unit {
	const char *suffix;
	uint64_t factor;
};

extern const struct unit timeout_units[], buffer_units[];

/* Port 0 belongs to "*" alone. */
static inline uint16_t first_port(const struct rule *rule)
{
	return rule->all_ports ? 0 : rule->first;
}

#endif
