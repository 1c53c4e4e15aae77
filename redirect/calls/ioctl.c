/* SPDX-License-Identifier: MIT */
/* ioctl() requests that AF_VSOCK lacks. */
#include <errno.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "redirect/calls/data.h"
#include "redirect/calls/ioctl.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/room.h"
#include "redirect/kernel/usermem.h"

/* As many times the place for data_waste as holds any window, 64 MiB. */
#define PEEK_PIECES 256

/*
 * FIONREAD by looking. It has to be exact: nginx with EPOLLET reads that much
 * and then waits for news, which never come of what has arrived already. A
 * small look comes first, since a large one copies all there is.
 */
static ssize_t look_at_all(int fd)
{
	struct iovec *iov = room_take();
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = PEEK_PIECES};
	ssize_t r;

	if (!iov)
		return 0;
	for (size_t i = 0; i < PEEK_PIECES; i++) {
		iov[i].iov_base = data_waste;
		iov[i].iov_len = sizeof(data_waste);
	}
	r = real()->recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);
	room_give(iov);
	return r;
}

static int readable_bytes(int fd)
{
	ssize_t r = real()->recv_now(fd, data_waste, sizeof(data_waste),
				     MSG_PEEK | MSG_DONTWAIT);

	if (r == (ssize_t)sizeof(data_waste))
		r = look_at_all(fd);
	return r < 0 ? 0 : r;
}

static bool is_about_data(unsigned long request)
{
	return request == FIONREAD || request == SIOCOUTQ ||
	       request == SIOCOUTQNSD || request == SIOCATMARK;
}

/* About interfaces, routes, or nothing that a socket knows. */
static int ioctl_on_scratch(unsigned long request, void *arg)
{
	int fd = own_socket(AF_INET, SOCK_STREAM, 0);
	int r;

	if (fd < 0)
		return -ENOTTY;
	r = real()->ioctl(fd, request, arg);
	r = r < 0 ? -errno : r;
	own_close(fd);
	return r;
}

int ioctl_socket(int fd, unsigned long request, void *arg)
{
	int r = real()->ioctl(fd, request, arg), answer;

	if (r >= 0)
		return r;
	r = -errno;
	if ((r != -EOPNOTSUPP && r != -ENOTTY) ||
	    !(r == -EOPNOTSUPP || is_about_data(request)) || !data_is_ours(fd))
		return r;
	if (!is_about_data(request))
		return ioctl_on_scratch(request, arg);
	if (request != SIOCATMARK && ask_listening(fd))
		return -EINVAL;
	answer = request == FIONREAD ? readable_bytes(fd) : 0;
	return usermem_put(fd, arg, &answer, sizeof(answer));
}
