/* SPDX-License-Identifier: MIT */
/* A name server for the table's names, and a relay for others: answers.h. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirect/state/table.h"
#include "supervise/answers.h"
#include "supervise/answers_stream.h"
#include "supervise/dns.h"
#include "supervise/private_net.h"

/* Questions that wait for a server; the oldest is given up for a new one. */
#define WAITING	    256
#define ROOM_BEHIND 64

/* The addresses of one question, as its answer needs them. */
struct way {
	int server; /* our socket */
	struct sockaddr_storage from;
	socklen_t from_len;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} info; /* whom it was sent to */
	size_t info_len;
};

struct waiting {
	int fd; /* connected to the server that was asked; 0: free */
	struct way way;
	size_t size;
	unsigned char question[NS_PACKETSZ]; /* for an answer of our own */
};

static unsigned char buf[DNS_MESSAGE_MAX + ROOM_BEHIND];
static struct waiting waiting[WAITING];
static unsigned next_place;

static void reply(struct way *way, const unsigned char *message, size_t size)
{
	struct iovec iov = {(void *)message, size};
	struct msghdr msg = {
		.msg_name = &way->from,
		.msg_namelen = way->from_len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = way->info.room,
		.msg_controllen = way->info_len,
	};

	sendmsg(way->server, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- names of others ----------------------------------------------------- */

/* The server that the question was sent to. */
static socklen_t asked_server(const struct way *way,
			      struct sockaddr_storage *sa)
{
	const void *info = CMSG_DATA(&way->info.align);
	struct sockaddr_in *v4 = (void *)sa;
	struct sockaddr_in6 *v6 = (void *)sa;

	memset(sa, 0, sizeof(*sa));
	if (way->info.align.cmsg_level == IPPROTO_IP) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(NS_DEFAULTPORT);
		v4->sin_addr = ((const struct in_pktinfo *)info)->ipi_addr;
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(NS_DEFAULTPORT);
	v6->sin6_addr = ((const struct in6_pktinfo *)info)->ipi6_addr;
	return sizeof(*v6);
}

static void give_up(struct waiting *place)
{
	close(place->fd);
	place->fd = 0;
}

static struct waiting *new_place(void)
{
	struct waiting *place = &waiting[next_place++ % WAITING];

	if (place->fd)
		give_up(place);
	return place;
}

/* A socket for each question: its port is as hard to guess as libc's. */
static int ask_server(const struct way *way, size_t size)
{
	struct sockaddr_storage sa;
	socklen_t len = asked_server(way, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&sa, len) &&
	    send(fd, buf, size, MSG_NOSIGNAL) == (ssize_t)size)
		return fd;
	close(fd);
	return -1;
}

/* question->end is 0 where it is none that we can answer ourselves. */
static void ask_on(struct way *way, size_t size,
		   const struct dns_question *question)
{
	struct waiting *place;
	int fd = ask_server(way, size);

	if (fd < 0) {
		if (question->end)
			reply(way, buf, dns_fail(buf, question));
		return;
	}
	place = new_place();
	place->fd = fd;
	place->way = *way;
	place->size = question->end;
	memcpy(place->question, buf, question->end);
}

/*
 * Passes the server's answer on. Where nobody listens there, our answer is that
 * the server has failed.
 */
static void hear_server(struct waiting *place)
{
	ssize_t size = recv(place->fd, buf, sizeof(buf), 0);
	struct dns_question question = {.end = place->size};

	if (size >= 0)
		reply(&place->way, buf, (size_t)size);
	else if (errno == EAGAIN || errno == EINTR)
		return;
	else if (place->size)
		reply(&place->way, place->question,
		      dns_fail(place->question, &question));
	give_up(place);
}

/* ---- names of the table -------------------------------------------------- */

static bool is_ours(const struct dns_question *question, struct map_addr *addr)
{
	return map_name_address(table_get(), question->name,
				question->family ? question->family : AF_INET,
				addr);
}

/* 0: it is none of ours; nor a question, where its end is 0. */
static size_t answer_by_table(unsigned char *message, size_t size,
			      struct dns_question *question)
{
	struct map_addr addr;

	if (!dns_read(message, size, question) ||
	    question->end > sizeof(waiting[0].question))
		question->end = 0;
	if (!question->end || !is_ours(question, &addr))
		return 0;
	return dns_answer(message, question, question->family ? &addr : NULL);
}

static void answer_question(struct way *way, size_t size)
{
	struct dns_question question;
	size_t answer = answer_by_table(buf, size, &question);

	if (answer)
		reply(way, buf, answer);
	else
		ask_on(way, size, &question);
}

/*
 * Keeps the control message with the address that the question was sent to:
 * given along with the answer, it makes that the answer's sender.
 */
static bool keep_info(struct way *way, const struct msghdr *msg)
{
	struct cmsghdr *part = CMSG_FIRSTHDR((struct msghdr *)msg);
	struct in6_pktinfo *v6;
	struct in_pktinfo *v4;

	if (!part || msg->msg_controllen > sizeof(way->info))
		return false;
	way->info_len = msg->msg_controllen;
	if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
		v4 = (void *)CMSG_DATA(part);
		v4->ipi_spec_dst = v4->ipi_addr;
		v4->ipi_ifindex = 0;
		return true;
	}
	v6 = (void *)CMSG_DATA(part);
	v6->ipi6_ifindex = 0;
	return part->cmsg_level == IPPROTO_IPV6 &&
	       part->cmsg_type == IPV6_PKTINFO;
}

static void hear_question(int server)
{
	struct way way = {.server = server};
	struct iovec iov = {buf, DNS_MESSAGE_MAX};
	struct msghdr msg = {
		.msg_name = &way.from,
		.msg_namelen = sizeof(way.from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = way.info.room,
		.msg_controllen = sizeof(way.info.room),
	};
	ssize_t size = recvmsg(server, &msg, MSG_DONTWAIT);

	way.from_len = msg.msg_namelen;
	if (size > 0 && keep_info(&way, &msg))
		answer_question(&way, (size_t)size);
}

void answers_give(const int servers[])
{
	struct pollfd fds[SERVERS + WAITING];

	for (;;) {
		for (int i = 0; i < SERVERS; i++)
			fds[i] = (struct pollfd){servers[i], POLLIN, 0};
		for (int i = 0; i < WAITING; i++)
			fds[SERVERS + i] = (struct pollfd){
				waiting[i].fd ? waiting[i].fd : -1, POLLIN, 0};
		if (poll(fds, SERVERS + WAITING, -1) < 0)
			continue;
		for (int i = 0; i < WAITING; i++)
			if (fds[SERVERS + i].revents && waiting[i].fd)
				hear_server(&waiting[i]);
		for (int i = 0; i < SERVERS; i++)
			if (fds[i].revents)
				i < 2 ? hear_question(servers[i])
				      : answers_stream(servers[i],
						       answer_by_table);
	}
}
