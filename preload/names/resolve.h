/* SPDX-License-Identifier: MIT */
/*
 * Host names of the table, answered without a resolver. Each function gives
 * false when the name or address is not the table's: the real call is to be
 * made then. Like the calls they stand for they may allocate, and are not
 * async-signal-safe.
 *
 * Map of preload/names/:
 *	getaddrinfo.c  getaddrinfo() and getaddrinfo_a()
 *	gethostby.c    gethostbyname() and gethostbyaddr()
 *	getnameinfo.c  getnameinfo()
 *	idn.c          names that are not ASCII
 *	table_name.c   the names of the table, and their numbers
 */
#ifndef TCP2VSOCK_PRELOAD_NAMES_RESOLVE_H
#define TCP2VSOCK_PRELOAD_NAMES_RESOLVE_H

#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>

/* getaddrinfo(3): *r is what it returns. */
bool resolve_info(const char *node, const char *service,
		  const struct addrinfo *hints, struct addrinfo **result,
		  int *r);

#ifdef __GLIBC__
/*
 * getaddrinfo_a(3): the table's names are answered before it returns, and the
 * others as ever.
 */
bool resolve_list(int mode, struct gaicb *list[], int n,
		  struct sigevent *notify, int *r);
#endif

/* getnameinfo(3). */
bool resolve_name(const struct sockaddr *sa, socklen_t len, char *host,
		  socklen_t host_size, char *service, socklen_t service_size,
		  int flags, int *r);

/* gethostbyname2_r(3). */
bool resolve_host(const char *name, int family, struct hostent *host, char *buf,
		  size_t size, struct hostent **result, int *error, int *r);

/* gethostbyaddr_r(3). */
bool resolve_addr(const void *addr, socklen_t len, int family,
		  struct hostent *host, char *buf, size_t size,
		  struct hostent **result, int *error, int *r);

#endif
