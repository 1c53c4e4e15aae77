/* SPDX-License-Identifier: MIT */
/* Looks for a listener with sock_diag(7): see diag.h. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "redirect/kernel/diag.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/room.h"
#include "redirect/kernel/vsock_call.h"
#include "vsock/vm_sockets.h"

/* linux/vm_sockets_diag.h, which headers before 4.15 have not. */
struct vsock_query {
	uint8_t family;
	uint8_t protocol;
	uint16_t pad;
	uint32_t states; /* bits: 1 << TCP_LISTEN */
	uint32_t reserved[2];
	uint32_t cookie[2];
};

struct vsock_found {
	uint8_t family;
	uint8_t type;
	uint8_t state;
	uint8_t shutdown;
	uint32_t own_cid;
	uint32_t own_port;
	uint32_t peer_cid;
	uint32_t peer_port;
	uint32_t inode;
	uint32_t cookie[2];
};

struct diag_request {
	struct nlmsghdr header;
	struct vsock_query query;
};

static bool send_request(int fd)
{
	struct diag_request request = {
		.header =
			{
				.nlmsg_len = sizeof(request),
				.nlmsg_type = SOCK_DIAG_BY_FAMILY,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			},
		.query =
			{
				.family = AF_VSOCK,
				.states = 1 << TCP_LISTEN,
			},
	};

	return real()->syscall(SYS_sendto, fd, &request, sizeof(request), 0,
			       NULL, 0) == sizeof(request);
}

/* Whom one looks for, and what was found. */
struct diag_search {
	uint32_t cid, port, inode;
	enum diag_answer answer;
};

static bool is_listener(const struct vsock_found *found,
			const struct diag_search *search)
{
	return found->state == TCP_LISTEN && found->own_port == search->port &&
	       (found->own_cid == search->cid ||
		found->own_cid == VMADDR_CID_ANY);
}

/* One datagram of the answer. False: more of them will come. */
static bool look_through(char *buf, ssize_t size, struct diag_search *search)
{
	struct nlmsghdr *header = (void *)buf;

	for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
		if (header->nlmsg_type == NLMSG_ERROR) {
			search->answer = DIAG_UNKNOWN;
			return true;
		}
		if (header->nlmsg_type == NLMSG_DONE)
			return true;
		if (is_listener(NLMSG_DATA(header), search)) {
			const struct vsock_found *found = NLMSG_DATA(header);

			search->inode = found->inode;
			search->answer = DIAG_LISTENER;
			return true;
		}
	}
	return false;
}

static void receive(int fd, struct diag_search *search)
{
	char *buf = room_take();
	ssize_t size;

	if (!buf)
		return;
	search->answer = DIAG_NOBODY;
	do
		size = real()->recv_now(fd, buf, ROOM_SIZE, 0);
	while (size > 0 && !look_through(buf, size, search));
	room_give(buf);
	if (size <= 0)
		search->answer = DIAG_UNKNOWN;
}

static enum diag_answer look_for(struct diag_search *search)
{
	int fd = own_socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);

	search->answer = DIAG_UNKNOWN;
	if (fd < 0)
		return DIAG_UNKNOWN;
	if (send_request(fd))
		receive(fd, search);
	own_close(fd);
	return search->answer;
}

enum diag_answer diag_ask(uint32_t cid, uint32_t port)
{
	struct diag_search search = {.cid = cid, .port = port};

	if (cid != VMADDR_CID_LOCAL && cid != vsock_call_local_cid())
		return DIAG_UNKNOWN;
	return look_for(&search);
}

uint32_t diag_inode(uint32_t cid, uint32_t port)
{
	struct diag_search search = {.cid = cid, .port = port};

	return look_for(&search) == DIAG_LISTENER ? search.inode : 0;
}
