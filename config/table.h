/* SPDX-License-Identifier: MIT */
/*
 * The mapping table: rules, read once, asked often.
 *
 * Everything under "Loading" may allocate and read files and runs before the
 * program does. Everything under "Asking" is pure: no allocation, no lock, no
 * system call, async-signal-safe, safe from any number of threads.
 */
#ifndef TCP2VSOCK_CONFIG_TABLE_H
#define TCP2VSOCK_CONFIG_TABLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_table;

enum map_direction {
	MAP_CONNECT = 1,
	MAP_LISTEN = 2,
};

/*
 * An IP address, without a port. An IPv4-mapped IPv6 address is always held
 * as the IPv4 address that it stands for: map_addr_set() sees to that. Or a
 * Unix socket's name of the table: map_unix_address().
 */
struct map_addr {
	int family; /* AF_INET, AF_INET6 or AF_UNIX */
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint32_t unix_hash; /* AF_UNIX; 0: it has no name */
	} ip;
};

/* The port of a Unix socket, which has none. */
#define MAP_UNIX_PORT 1

/* Programs trust what has such an address: no other machine may be shown so. */
static inline bool map_addr_is_loopback(const struct map_addr *addr)
{
	if (addr->family == AF_INET)
		return ntohl(addr->ip.v4.s_addr) >> 24 == 127;
	return addr->family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&addr->ip.v6);
}

enum map_verdict {
	MAP_NONE,   /* no rule: the call goes to the kernel untouched */
	MAP_DIRECT, /* a rule says so: the same */
	MAP_REFUSE, /* connect(): ECONNREFUSED, bind(): EACCES */
	MAP_VSOCK,  /* cid and port below */
	MAP_HVSOCK, /* path and port below */
	MAP_UNIX,   /* the same, and no handshake */
};

/* Whether it leads to a Unix socket. */
static inline bool map_is_hybrid(enum map_verdict verdict)
{
	return verdict >= MAP_HVSOCK;
}

struct map_answer {
	enum map_verdict verdict;
	uint32_t cid;	     /* VMADDR_CID_ANY (-1U) for "any" */
	uint32_t port;	     /* the target's, ranges and '*' worked out */
	const char *path;    /* of a Unix socket, as the rule has it: see
				map_unix_name(). Owned by the table */
	uint32_t timeout_ms; /* 0: the rule has none */
	uint64_t buffer;     /* bytes; 0: the rule has none */
	uint32_t rule;	     /* which one, from 1; 0: there is none */
};

/* ---- Loading ------------------------------------------------------- */

/* One message about the table. All strings live only during the call. */
struct map_message {
	bool is_error;	    /* else a warning */
	const char *source; /* "TCP2VSOCK_MAP", "-m", or a file's name */
	unsigned line;	    /* from 1; 0: the whole source (unreadable file) */
	unsigned column;    /* from 1, in bytes */
	unsigned width;	    /* how many columns the place is wide, >= 1 */
	const char *what;   /* "unknown target \"vsok:2:5432\"" */
	const char *text;   /* the line itself, without its newline */
	const char *remedy; /* "expected vsock:CID:PORT, ..." */
};

typedef void map_report(const struct map_message *message, void *arg);

struct map_source {
	const char *name; /* shown in messages */
	const char *text; /* rules; NULL: read the file called name */
	size_t size;	  /* bytes of text */
};

/*
 * Reads sources in order into one table. ${NAME} in a file is the value that the
 * environment has now (secure_getenv(3)). A file must be a regular file or a
 * pipe, belong to root or this user, and not be writable by others. Every error
 * and warning is reported, not only the first. Returns NULL (and has reported
 * why) when there was an error, else a table to be given to map_free().
 */
struct map_table *map_load(const struct map_source *sources, size_t n,
			   map_report *report, void *arg);

/*
 * The table of TCP2VSOCK_MAP and TCP2VSOCK_CONFIG (secure_getenv(3)). Both
 * unset or empty: returns 0 with *table == NULL. 0: *table is loaded. -1: there
 * were errors, all reported.
 */
int map_load_environment(struct map_table **table, map_report *report,
			 void *arg);

/*
 * Writes a message as people read it (source:line:column, the line, a caret,
 * the remedy) to file descriptor *(int *)arg with write(2). A map_report.
 */
void map_report_to_fd(const struct map_message *message, void *arg);

void map_free(struct map_table *table);

/*
 * The text of source i (from 0) with the environment's values in place of its
 * ${NAME}, owned by the table; NULL: it was a file without one, or no file.
 */
const char *map_expanded_source(const struct map_table *table, size_t i);

/* How many rules (peer rules too) the table has. */
size_t map_count(const struct map_table *table);

/*
 * Writes rule i (0-based, in order) in normal form, as a line without a
 * newline, into buf; returns its length as snprintf(3) does.
 */
int map_format_rule(const struct map_table *table, size_t i, char *buf,
		    size_t size);

/* The same line by itself, to be freed. NULL: out of memory. */
char *map_rule_text(const struct map_table *table, size_t i);

/* One rule, as far as its target goes. */
struct map_rule {
	bool is_peer;	     /* of the rest, only source, line and cid count */
	unsigned directions; /* of enum map_direction */
	enum map_verdict verdict;
	bool every_port;       /* the IP ports are "*" */
	const char *unix_name; /* for a Unix socket: owned by the table */
	uint32_t cid;	       /* VMADDR_CID_ANY (-1U) for "any" */
	uint32_t first, last;  /* the target's ports */
	const char *path;      /* of a Unix socket: owned by the table */
	const char *source;    /* owned by the table */
	unsigned line;	       /* from 1 */
};

/* Fills *rule with rule i (0-based, in order). */
void map_get_rule(const struct map_table *table, size_t i,
		  struct map_rule *rule);

/* What of a call a rule disagrees with. */
enum map_mismatch {
	MAP_MATCHES,
	MAP_OTHER_DIRECTION, /* the rule is for the other direction, or peer */
	MAP_OTHER_HOST,
	MAP_OTHER_PORTS,
};

/*
 * Compares rule i with a call, as map_lookup() would if it were the only one.
 * addr may be the one that stands for a host name.
 */
enum map_mismatch map_compare(const struct map_table *table, size_t i,
			      enum map_direction direction,
			      const struct map_addr *addr, uint16_t port);

/* ---- Asking -------------------------------------------------------- */

/*
 * An address from a sockaddr_in or sockaddr_in6 (v4-mapped ones become IPv4).
 * port is in host order. Returns false, and sets nothing, for another family
 * or when len is too short for it (16 and 24 bytes, as the kernel has it).
 */
bool map_addr_set(struct map_addr *addr, uint16_t *port,
		  const struct sockaddr *sa, socklen_t len);

/*
 * What the table says of connect() or bind() to addr and port. The first rule
 * in order that matches decides. port 0 (bind) is only matched by rules whose
 * ports are '*'; answer.port is 0 then, and the caller picks a port and asks
 * again.
 * An address that stands for a host name of the table (see
 * map_name_address()) is answered by that name's rules, and by MAP_REFUSE
 * where none of them has the port, or where one says direct: nothing that the
 * kernel could reach has that address.
 */
void map_lookup(const struct map_table *table, enum map_direction direction,
		const struct map_addr *addr, uint16_t port,
		struct map_answer *answer);

/*
 * Whether a rule of this direction is for the address, with whatever port: for
 * who does not know one yet. Looks at the rules one by one.
 */
bool map_may_reach(const struct map_table *table, enum map_direction direction,
		   const struct map_addr *addr);

/*
 * Whether a rule names this host (case-insensitively, final dot or not;
 * exact names before "*." ones, longer ones of those first, and "*." itself last:
 * it is any host name that is not an address), and the address
 * that stands for it: 198.18.0.0/15 plus a hash of the name, or
 * fd76:736f:636b:1::/96 plus it. family is AF_INET or AF_INET6. A name whose
 * first rule is direct has no such address: false, for the real resolver.
 */
bool map_name_address(const struct map_table *table, const char *name,
		      int family, struct map_addr *addr);

/* A name or "*." pattern of the table. */
struct map_name {
	const char *text;	/* owned by the table, as is the next */
	struct map_addr addr;	/* IPv4 */
	const char *in_the_way; /* the name that has its hash already, or NULL:
				   which of both has which address depends on
				   the order of their rules */
};

/* Fills *name with name i (from 0). false: there are no more. */
bool map_get_name(const struct map_table *table, size_t i,
		  struct map_name *name);

/*
 * The name (or "*." pattern) that such an address stands for, or NULL. Owned
 * by the table.
 */
const char *map_address_name(const struct map_table *table,
			     const struct map_addr *addr);

/* Whether a rule is for a Unix socket. */
bool map_has_unix(const struct map_table *table);

/*
 * Whether a rule names this Unix socket ("@abstract" or a path in unix_fold()'s
 * form, n bytes), and what stands for it.
 */
bool map_unix_address(const struct map_table *table, const char *name, size_t n,
		      struct map_addr *addr);

/* Its name again, owned by the table; NULL: none of the table's. */
const char *map_unix_text(const struct map_table *table,
			  const struct map_addr *addr);

/*
 * The IP address under which a remote CID is shown: a peer rule's of that
 * family; else the address of the first connect rule with a single address of
 * that family that leads to the CID, unless that is a loopback address and the
 * CID another than VMADDR_CID_LOCAL: programs trust loopback. false: neither,
 * the caller makes one up.
 */
bool map_peer(const struct map_table *table, int family, uint32_t cid,
	      struct map_addr *addr);

/*
 * "localhost", in any case, with or without the final dot, is no name of the
 * table: a rule for it is one for 127.0.0.1 and ::1. Whether a name is that,
 * and whether a rule says it, so that it has to be found.
 */
bool map_is_localhost(const char *name);
bool map_has_localhost(const struct map_table *table);

/*
 * The first IPv6 address that a rule has by itself, no block, and that is() says
 * yes to. Looks at the rules one by one. False: none.
 */
bool map_find_v6(const struct map_table *table,
		 bool (*is)(const struct in6_addr *addr, void *arg), void *arg,
		 struct in6_addr *addr);

/* Whether a rule is for a host name. */
bool map_has_names(const struct map_table *table);

/* Whether a rule leads to a Unix socket. */
bool map_has_hybrid(const struct map_table *table);

/* A name has room for a path of sun_path's size and its NUL. */
enum { MAP_UNIX_NAME_SIZE = 109 };

/*
 * The name of the Unix socket that an answer leads to: of hvsock PATH or, where
 * a guest is listened for, PATH_PORT; of unix its path with the port in the
 * place of each "%p". A '@' in front is an abstract name's. Returns its length
 * as snprintf(3) does.
 */
size_t map_unix_name(const struct map_answer *answer,
		     enum map_direction direction,
		     char name[MAP_UNIX_NAME_SIZE]);

/*
 * The path, as its rule has it, of a Unix socket of this name, listened at for
 * the IP port: the same for all ports of a guest. NULL: no rule leads there.
 * Looks at the rules one by one.
 */
const char *map_unix_path(const struct map_table *table, const char *name,
			  uint16_t port);

/*
 * The IP address under which the guest of a rule's path is shown: that of the
 * first connect rule with a single address of that family and this path, unless
 * it is a loopback address. false: the caller makes one up. Looks at the rules
 * one by one.
 */
bool map_hybrid_peer(const struct map_table *table, int family,
		     const char *path, struct map_addr *addr);

#endif
