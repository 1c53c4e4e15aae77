/* SPDX-License-Identifier: MIT */
/*
 * Asks libc about a host name or an address in every way there is, and says
 * what it answered. What it says of a name in /etc/hosts is what it has to say
 * of a name in the table.
 *
 *	ask info FAMILY NAME	getaddrinfo()
 *	ask async FAMILY NAME	getaddrinfo_a(), alone and among others
 *	ask host FAMILY NAME	gethostbyname() and its relatives
 *	ask addr ADDRESS	gethostbyaddr(), its relative, getnameinfo()
 *	ask quick FAMILY NAME	one address, or the error; many flags in turn
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *h_error(int error)
{
	switch (error) {
	case NETDB_INTERNAL:
		return "NETDB_INTERNAL";
	case NETDB_SUCCESS:
		return "NETDB_SUCCESS";
	case HOST_NOT_FOUND:
		return "HOST_NOT_FOUND";
	case TRY_AGAIN:
		return "TRY_AGAIN";
	case NO_RECOVERY:
		return "NO_RECOVERY";
	case NO_DATA:
		return "NO_DATA";
	}
	return "another";
}

static int family_of(const char *word)
{
	if (strcmp(word, "inet") == 0)
		return AF_INET;
	if (strcmp(word, "inet6") == 0)
		return AF_INET6;
	return strcmp(word, "unix") == 0 ? AF_UNIX : AF_UNSPEC;
}

/* ---- getaddrinfo -------------------------------------------------- */

static void say_sockaddr(const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		printf(" [%s]:%d %u %u", text, ntohs(in6->sin6_port),
		       in6->sin6_scope_id, in6->sin6_flowinfo);
	} else {
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		printf(" %s:%d", text, ntohs(in->sin_port));
	}
}

static void say_info(const struct addrinfo *info)
{
	for (; info; info = info->ai_next) {
		printf("   flags %#x family %d type %d protocol %d len %d",
		       info->ai_flags, info->ai_family, info->ai_socktype,
		       info->ai_protocol, (int)info->ai_addrlen);
		say_sockaddr(info->ai_addr);
		printf(" %s\n", info->ai_canonname ? info->ai_canonname : "-");
	}
}

static void ask_info(const char *name, const char *service,
		     const struct addrinfo *hints)
{
	struct addrinfo *result = NULL;
	int r;

	errno = 0;
	r = getaddrinfo(name, service, hints, &result);
	if (hints)
		printf("flags %#x type %d protocol %d", hints->ai_flags,
		       hints->ai_socktype, hints->ai_protocol);
	printf(" service %s: %s\n", service ? service : "NULL",
	       r ? gai_strerror(r) : "ok");
	if (r)
		return;
	say_info(result);
	freeaddrinfo(result);
}

static const int some_flags[] = {
	0,
	AI_PASSIVE,
	AI_CANONNAME,
	AI_NUMERICHOST,
	AI_NUMERICHOST | AI_CANONNAME,
	AI_NUMERICSERV,
	AI_V4MAPPED,
	AI_ALL,
	AI_V4MAPPED | AI_ALL,
	AI_ADDRCONFIG,
	AI_V4MAPPED | AI_ADDRCONFIG,
	AI_CANONNAME | AI_ADDRCONFIG | AI_V4MAPPED | AI_PASSIVE,
	AI_IDN,
	AI_IDN | AI_CANONIDN | AI_CANONNAME,
	1 << 20,
	-1,
};

static const struct {
	int type, protocol;
} some_types[] = {
	{0, 0},
	{SOCK_STREAM, 0},
	{SOCK_DGRAM, 0},
	{SOCK_RAW, 0},
	{0, IPPROTO_TCP},
	{0, IPPROTO_UDP},
	{SOCK_STREAM, IPPROTO_TCP},
	{SOCK_STREAM, IPPROTO_UDP},
	{SOCK_RAW, IPPROTO_ICMP},
	{SOCK_SEQPACKET, 0},
	{77, 0},
	{0, 222},
};

static const char *const some_services[] = {
	NULL, "5432", "http",	     "no-such-service", "0",   "65535",
	"",   "-1",   "99999999999", "65536",		" 80", "80x",
};

static void ask_info_all(const char *name, int family)
{
	for (size_t f = 0; f < LENGTH(some_flags); f++)
		for (size_t t = 0; t < LENGTH(some_types); t++)
			for (size_t s = 0; s < LENGTH(some_services); s++) {
				struct addrinfo hints = {
					.ai_flags = some_flags[f],
					.ai_family = family,
					.ai_socktype = some_types[t].type,
					.ai_protocol = some_types[t].protocol,
				};

				ask_info(name, some_services[s], &hints);
			}
	if (family != AF_INET6)
		ask_info(name, "80", NULL);
}

/* ---- getaddrinfo_a ------------------------------------------------- */

#ifdef __GLIBC__
static const char *const notified[] = {"none", "signal", "thread"};
static sem_t told;

static void on_signal(int signum, siginfo_t *info, void *context)
{
	(void)signum;
	(void)context;
	if (info->si_value.sival_int == 42)
		sem_post(&told);
}

static void on_thread(union sigval value)
{
	if (value.sival_int == 42)
		sem_post(&told);
}

static void say_request(struct gaicb *request)
{
	int r = gai_error(request);

	printf("  %s: %s", request->ar_name, r ? gai_strerror(r) : "ok\n");
	if (r)
		printf(" %d\n", request->ar_result != NULL);
	else
		say_info(request->ar_result);
	if (!r)
		freeaddrinfo(request->ar_result);
}

/* Waits by whatever way was asked for; then all is done. */
static void wait_for(struct gaicb *list[], int n, int way)
{
	const struct gaicb *one[1];

	while (way && sem_wait(&told) < 0)
		;
	for (int i = 0; i < n; i++) {
		one[0] = list[i];
		while (gai_error(list[i]) == EAI_INPROGRESS)
			gai_suspend(one, 1, NULL);
	}
}

static void ask_list(struct gaicb *list[], int n, int mode, int way)
{
	struct sigevent notify = {
		.sigev_notify = way == 0   ? SIGEV_NONE
				: way == 1 ? SIGEV_SIGNAL
					   : SIGEV_THREAD,
		.sigev_signo = SIGUSR1,
		.sigev_value.sival_int = 42,
		.sigev_notify_function = on_thread,
	};
	int r = getaddrinfo_a(mode, list, n, &notify);

	printf("getaddrinfo_a mode %d of %d by %s: %s\n", mode, n,
	       notified[way], r ? gai_strerror(r) : "ok");
	if (r)
		return;
	wait_for(list, n, mode == GAI_NOWAIT ? way : 0);
	for (int i = 0; i < n; i++) {
		say_request(list[i]);
		r = gai_cancel(list[i]);
		/* glibc's thread may not have taken it off its queue yet. */
		printf("  then cancelled: %s\n",
		       r == EAI_NOTCANCELED ? gai_strerror(EAI_ALLDONE)
					    : gai_strerror(r));
	}
}

static struct gaicb asked(const char *name, const char *service,
			  const struct addrinfo *hints)
{
	return (struct gaicb){
		.ar_name = name,
		.ar_service = service,
		.ar_request = hints,
	};
}

static void ask_async(const char *name, int family)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_CANONNAME,
	};
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO,
	};

	sem_init(&told, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	for (int mode = 0; mode <= 2; mode++)
		for (int way = 0; way < 3; way++) {
			struct gaicb mapped = asked(name, "80", &hints);
			struct gaicb wrong = asked(name, "none", &hints);
			struct gaicb number = asked("192.0.2.1", "80", &hints);
			struct gaicb *list[] = {&number, &mapped, &wrong};

			ask_list(list + 1, 1, mode, way);
			mapped.ar_result = NULL;
			ask_list(list, 3, mode, way);
			if (list[0] != &number || list[1] != &mapped)
				printf("the list has changed\n");
		}
}
#else
static void ask_async(const char *name, int family)
{
	printf("no getaddrinfo_a: %s %d\n", name, family);
}
#endif

/* ---- gethostbyname and gethostbyaddr ------------------------------ */

static void say_host(const struct hostent *host, int error)
{
	char text[INET6_ADDRSTRLEN];

	if (!host) {
		printf(": %s %s\n", h_error(error), strerror(errno));
		return;
	}
	printf(": %s type %d length %d", host->h_name, host->h_addrtype,
	       host->h_length);
	for (char **alias = host->h_aliases; *alias; alias++)
		printf(" alias %s", *alias);
	for (char **addr = host->h_addr_list; *addr; addr++)
		printf(" %s",
		       inet_ntop(host->h_addrtype, *addr, text, sizeof(text)));
	printf("\n");
}

union question {
	const char *name;
	const void *addr;
};

typedef int ask_r(const union question *question, int family,
		  struct hostent *host, char *buf, size_t size,
		  struct hostent **result, int *error);

static int by_name(const union question *question, int family,
		   struct hostent *host, char *buf, size_t size,
		   struct hostent **result, int *error)
{
	if (family == AF_INET)
		return gethostbyname_r(question->name, host, buf, size, result,
				       error);
	return gethostbyname2_r(question->name, family, host, buf, size, result,
				error);
}

static int by_name2(const union question *question, int family,
		    struct hostent *host, char *buf, size_t size,
		    struct hostent **result, int *error)
{
	return gethostbyname2_r(question->name, family, host, buf, size, result,
				error);
}

static int by_addr(const union question *question, int family,
		   struct hostent *host, char *buf, size_t size,
		   struct hostent **result, int *error)
{
	return gethostbyaddr_r(question->addr, family == AF_INET ? 4 : 16,
			       family, host, buf, size, result, error);
}

#define ROOM 2048

/*
 * Every buffer from none to one that is large enough, not aligned. How large
 * that is is libc's own matter; too small ones say ERANGE and nothing past them
 * is touched.
 */
static void ask_sizes(const char *what, ask_r *ask,
		      const union question *question, int family)
{
	char buf[ROOM + 2];
	struct hostent host, *result = NULL;
	int error = 0, r = ERANGE;
	size_t size;

	for (size = 0; size <= ROOM && r == ERANGE; size++) {
		memset(buf, '~', sizeof(buf));
		result = &host;
		errno = 0;
		r = ask(question, family, &host, buf + 1, size, &result,
			&error);
		if (r == ERANGE &&
		    (result || error != NETDB_INTERNAL || errno != ERANGE))
			printf("%s %zu: %p %s %s\n", what, size, (void *)result,
			       h_error(error), strerror(errno));
		for (size_t i = size + 1; i < sizeof(buf); i++)
			if (buf[i] != '~')
				printf("%s %zu: wrote past\n", what, size);
	}
	printf("%s: some are too small: %d; then %s", what, size > 1 || !result,
	       strerror(r));
	say_host(result, error);
}

static void ask_host(const char *name, int family)
{
	union question question = {.name = name};

	struct hostent *host;

	if (family == AF_INET) {
		errno = 0;
		printf("gethostbyname");
		host = gethostbyname(name);
		say_host(host, h_errno);
	}
	errno = 0;
	printf("gethostbyname2");
	host = gethostbyname2(name, family);
	say_host(host, h_errno);
	if (family != AF_INET && family != AF_INET6)
		return;
	ask_sizes("gethostbyname_r", by_name, &question, family);
	ask_sizes("gethostbyname2_r", by_name2, &question, family);
}

/* ---- getnameinfo -------------------------------------------------- */

static void ask_name(const struct sockaddr *sa, socklen_t len, size_t host_size,
		     size_t service_size, int flags)
{
	char host[NI_MAXHOST], service[NI_MAXSERV];
	int r = getnameinfo(sa, len, host_size ? host : NULL, host_size,
			    service_size ? service : NULL, service_size, flags);

	printf("getnameinfo len %d host %zu service %zu flags %#x: %s",
	       (int)len, host_size, service_size, flags,
	       r ? gai_strerror(r) : "ok");
	if (!r)
		printf(" %s %s", host_size ? host : "-",
		       service_size ? service : "-");
	printf("\n");
}

static void ask_names(const struct sockaddr *sa, socklen_t len)
{
	static const int flags[] = {
		0,
		NI_NAMEREQD,
		NI_NUMERICHOST,
		NI_NUMERICSERV,
		NI_DGRAM,
		NI_NAMEREQD | NI_NUMERICHOST,
		NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM,
		NI_IDN,
		1 << 20,
	};
	static const struct {
		size_t host, service;
	} sizes[] = {
		{NI_MAXHOST, NI_MAXSERV},
		{NI_MAXHOST, 0},
		{0, NI_MAXSERV},
		{0, 0},
		{1, 2},
		{1, 0},
		{5, NI_MAXSERV},
		{NI_MAXHOST, 1},
		{NI_MAXHOST, 2},
	};

	for (size_t f = 0; f < LENGTH(flags); f++)
		for (size_t s = 0; s < LENGTH(sizes); s++)
			ask_name(sa, len, sizes[s].host, sizes[s].service,
				 flags[f]);
	for (socklen_t l = 0; l <= len + 4; l++)
		ask_name(sa, l, NI_MAXHOST, NI_MAXSERV, 0);
}

static void ask_addr(const char *text)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	void *addr = family == AF_INET ? (void *)&in.sin_addr
				       : (void *)&in6.sin6_addr;
	union question question = {.addr = addr};
	socklen_t len = family == AF_INET ? 4 : 16;
	struct hostent *host;

	in.sin_port = in6.sin6_port = htons(514);
	inet_pton(family, text, addr);
	errno = 0;
	printf("gethostbyaddr");
	host = gethostbyaddr(addr, len, family);
	say_host(host, h_errno);
	ask_sizes("gethostbyaddr_r", by_addr, &question, family);
	if (family == AF_INET)
		ask_names((struct sockaddr *)&in, sizeof(in));
	else
		ask_names((struct sockaddr *)&in6, sizeof(in6));
}

/* ---- quick -------------------------------------------------------- */

static void ask_quick(const char *name, int family)
{
	static const int flags[] = {
		0,
		AI_ADDRCONFIG,
		AI_ADDRCONFIG | AI_V4MAPPED,
		AI_CANONNAME,
	};

	for (size_t f = 0; f < LENGTH(flags); f++) {
		struct addrinfo hints = {
			.ai_flags = flags[f],
			.ai_family = family,
			.ai_socktype = SOCK_STREAM,
		};

		ask_info(name, "1", &hints);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "addr") == 0)
		ask_addr(argv[2]);
	else if (argc == 4 && strcmp(argv[1], "info") == 0)
		ask_info_all(argv[3], family_of(argv[2]));
	else if (argc == 4 && strcmp(argv[1], "async") == 0)
		ask_async(argv[3], family_of(argv[2]));
	else if (argc == 4 && strcmp(argv[1], "host") == 0)
		ask_host(argv[3], family_of(argv[2]));
	else if (argc == 4 && strcmp(argv[1], "quick") == 0)
		ask_quick(argv[3], family_of(argv[2]));
	else
		return 99;
	return 0;
}
