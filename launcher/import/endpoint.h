/* SPDX-License-Identifier: MIT */
/* What a forwarder joined, beyond import.h: for translators. */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_ENDPOINT_H
#define TCP2VSOCK_LAUNCHER_IMPORT_ENDPOINT_H

#include "launcher/import/import.h"

/* One that listened at a port of TCP, and where it led. */
struct forwarder {
	struct forwarder *next;
	const char *port, *target; /* target NULL: none that a rule can name */
};

/* import_connect() and import_listen() for a target of any kind. */
int import_dial(struct import *im, const char *host, const char *port,
		const char *target);
int import_serve(struct import *im, const char *host, const char *port,
		 const char *target);

/* A rule for a program's own Unix socket, "unix:PATH". */
int import_unix(struct import *im, const char *direction, const char *name,
		const char *cid, const char *vport);

#endif
