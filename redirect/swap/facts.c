/* SPDX-License-Identifier: MIT */
/* What is asked of a TCP socket before it is redirected: see facts.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"

/* The first byte of struct tcp_info; other families don't know the option. */
static int tcp_state(int fd)
{
	unsigned char state = 0;
	socklen_t len = sizeof(state);

	if (real()->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &len))
		return -errno;
	return state;
}

/* What socket() was seen to give, where the program agrees with it. */
static int family_of(int fd, unsigned hints, int wanted)
{
	int given = hints & HINT_V6 ? AF_INET6 : AF_INET;

	if ((hints & HINT_BORN) && wanted == given)
		return given;
	return ask_option(fd, SOL_SOCKET, SO_DOMAIN);
}

int facts_of(int fd, int family, struct tcp_facts *facts)
{
	facts->hints = hint_get(fd);
	facts->family = family_of(fd, facts->hints, family);
	if (facts->family != AF_INET && facts->family != AF_INET6)
		return -ENOTSOCK;
	if (!(facts->hints & HINT_BORN) &&
	    ask_option(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
		return -ENOTSOCK;
	if (tcp_state(fd) != TCP_CLOSE)
		return -ENOTSOCK;
	facts->v6only = false;
	facts->status = 0;
	return 0;
}

void facts_more(int fd, struct tcp_facts *facts)
{
	facts->status = real()->fcntl(fd, F_GETFL);
	if (facts->family == AF_INET6)
		facts->v6only = ask_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
}

/*
 * An attempt that failed leaves the name that the kernel had chosen for it, and
 * shows it as it shows one that is held (inet_num and inet_sport in
 * tcp_disconnect(), net/ipv4/tcp.c). One that is held nobody else can have.
 */
static bool is_held(const struct sockaddr_storage *sa, socklen_t len,
		    bool v6only)
{
	int one = v6only;
	int fd = own_socket(sa->ss_family, SOCK_STREAM, 0);
	bool held;

	if (fd < 0)
		return true;
	if (sa->ss_family == AF_INET6)
		real()->setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one));
	held = real()->bind(fd, (const struct sockaddr *)sa, len) < 0;
	own_close(fd);
	return held;
}

bool facts_is_bound(int fd, const struct tcp_facts *facts,
		    struct endpoint *name)
{
	bool whole = hint_is_whole(facts->hints);
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (whole && !(facts->hints & HINT_BOUND))
		return false;
	if (real()->getsockname(fd, (struct sockaddr *)&sa, &len) ||
	    !map_addr_set(&name->addr, &name->port, (struct sockaddr *)&sa,
			  len) ||
	    !name->port)
		return false;
	return (whole && !(facts->hints & HINT_UNDONE)) ||
	       is_held(&sa, len, facts->v6only);
}
