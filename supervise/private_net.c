/* SPDX-License-Identifier: MIT */
/* Network namespaces (network_namespaces(7)): see private_net.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/private_net.h"

#define DNS_PORT 53

/* Root needs no user namespace, and may not be let have one. */
static int leave_network(void)
{
	if (!unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 0;
	return -errno;
}

static int switch_loopback_on(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	r = ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
	close(fd);
	return r;
}

/* "ip route add local default dev lo" (rtnetlink(7)). */
struct route {
	struct nlmsghdr header;
	struct rtmsg route;
	struct rtattr attribute;
	unsigned device;
};

static int ask_for_route(int fd, const struct route *route)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[sizeof(struct route)];
	} reply;

	if (send(fd, route, sizeof(*route), 0) != sizeof(*route) ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		return -errno;
	return reply.header.nlmsg_type == NLMSG_ERROR ? reply.error.error
						      : -EPROTO;
}

static int all_is_local(int family)
{
	struct route route = {
		.header = {.nlmsg_len = sizeof(route),
			   .nlmsg_type = RTM_NEWROUTE,
			   .nlmsg_flags =
				   NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
		.route = {.rtm_family = (unsigned char)family,
			  .rtm_table = RT_TABLE_LOCAL,
			  .rtm_protocol = RTPROT_STATIC,
			  .rtm_scope = RT_SCOPE_HOST,
			  .rtm_type = RTN_LOCAL},
		.attribute = {.rta_len = RTA_LENGTH(sizeof(unsigned)),
			      .rta_type = RTA_OIF},
		.device = if_nametoindex("lo"),
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r;

	if (fd < 0)
		return -errno;
	r = ask_for_route(fd, &route);
	close(fd);
	return r;
}

static int bind_server(int fd, int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(DNS_PORT)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(DNS_PORT)};
	int one = 1;

	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
		return bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	}
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	return bind(fd, (struct sockaddr *)&v6, sizeof(v6));
}

static int make_server(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (!bind_server(fd, family) &&
	    (type == SOCK_DGRAM || !listen(fd, SOMAXCONN)))
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* A machine without IPv6 has an IPv4 socket in its place, which hears nobody. */
static int make_second_server(int type)
{
	int fd = make_server(AF_INET6, type);

	return fd >= 0 ? fd : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int private_net_enter(int servers[SERVERS])
{
	int r = leave_network();

	if (!r)
		r = switch_loopback_on();
	if (!r)
		r = all_is_local(AF_INET);
	if (r)
		return r;
	all_is_local(AF_INET6);
	for (int i = 0; i < SERVERS; i += 2) {
		int type = i ? SOCK_STREAM : SOCK_DGRAM;

		servers[i] = make_server(AF_INET, type);
		servers[i + 1] = make_second_server(type);
		if (servers[i] < 0 || servers[i + 1] < 0)
			return -EADDRNOTAVAIL;
	}
	return 0;
}
