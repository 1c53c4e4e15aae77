/* SPDX-License-Identifier: MIT */
/*
 * A line of text made by hand. Pure, and so async-signal-safe: no stdio, no
 * allocation, no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_LINE_H
#define TCP2VSOCK_REDIRECT_REPORT_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "config/table.h"
#include "redirect/state/tag.h"

struct line {
	char text[1024];
	size_t len;
};

/* Each adds to the end; what there is no room for is left out. */
void line_add(struct line *line, const char *text);
void line_add_number(struct line *line, unsigned long number);

/* With as many digits at least, zeros in front: for times. */
void line_add_digits(struct line *line, unsigned long number, int digits);

/* "10.0.0.5", "::1"; "?" where it is not known. */
void line_add_address(struct line *line, const struct map_addr *addr);

/* "10.0.0.5:80", "[::1]:80", "unix:/run/app.sock"; "?:80" where the address is
 * not known. */
void line_add_endpoint(struct line *line, const struct endpoint *name);

/* "host(2):80"; a CID of VMADDR_CID_ANY is "any". */
void line_add_vsock(struct line *line, uint32_t cid, uint32_t port);

/* The target of a rule, or its verdict. */
void line_add_target(struct line *line, const struct map_answer *answer);

#endif
