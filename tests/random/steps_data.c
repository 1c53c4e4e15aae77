/* SPDX-License-Identifier: MIT */
/* Steps that send and receive. */
#include "walk.h"

#include <sys/mman.h>

enum { BUFFER = 8192, FILLER = 0xee };

static unsigned char buffer[BUFFER];

void *bad_pointer(unsigned r)
{
	static void *none;

	if (!none)
		none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	switch (r % 3) {
	case 0:
		return NULL;
	case 1:
		return (void *)16;
	default:
		return none;
	}
}

/* Byte n of what an end of a connection sends; never the filler. */
static unsigned char byte_of(int conn, int end, unsigned n)
{
	return (n * 7 + conn * 31 + end * 101 + n / 251) % 0xed;
}

void fill_next(const struct file *file, unsigned char *buf, size_t size)
{
	for (size_t i = 0; i < size && file->conn >= 0; i++)
		buf[i] = byte_of(file->conn, file->end,
				 own_side(file)->sent + i);
}

/* ---- sending ------------------------------------------------------ */

static const char *flags_text(int flags)
{
	static const struct {
		int flag;
		const char *name;
	} names[] = {{MSG_PEEK, "PEEK"},
		     {MSG_TRUNC, "TRUNC"},
		     {MSG_WAITALL, "WAITALL"},
		     {MSG_DONTWAIT, "DONTWAIT"},
		     {MSG_NOSIGNAL, "NOSIGNAL"},
		     {MSG_EOR, "EOR"},
		     {MSG_DONTROUTE, "DONTROUTE"},
		     {MSG_CONFIRM, "CONFIRM"},
		     {MSG_ERRQUEUE, "ERRQUEUE"},
		     {MSG_CTRUNC, "CTRUNC"},
		     {MSG_WAITFORONE, "WAITFORONE"},
		     {MSG_CMSG_CLOEXEC, "CMSG_CLOEXEC"}};
	static char text[128];

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (flags & names[i].flag)
			sprintf(text + strlen(text), "%s%s", *text ? "|" : "",
				names[i].name);
	return *text ? text : "0";
}

static size_t choose_size(unsigned r)
{
	static const size_t sizes[] = {0, 1, 1, 2, 3, 7, 64, 100, 1000, 4096};

	return sizes[r % 10];
}

/* One to three parts, one of them empty now and then. */
static size_t cut(struct iovec iov[3], void *buf, size_t size, unsigned r)
{
	size_t first = r % 3 ? size / 2 : 0;

	iov[0] = (struct iovec){buf, first};
	iov[1] = (struct iovec){(char *)buf + first, size - first};
	iov[2] = (struct iovec){NULL, 0};
	return 2 + r % 2;
}

static long send_message(int fd, const struct step *step, void *buf,
			 size_t size, int flags, struct addr *to)
{
	struct iovec iov[3];
	struct mmsghdr vec[2];
	struct msghdr msg = {.msg_iov = iov};
	long r;

	msg.msg_iovlen = cut(iov, buf, size, step->r[4]);
	if (to->len) {
		msg.msg_name = &to->sa;
		msg.msg_namelen = to->len;
	}
	if (step->r[1] % 8 == 3)
		return CALL_LIMITED(true, sendmsg(fd, &msg, flags));
	memset(vec, 0, sizeof(vec));
	vec[0].msg_hdr = msg;
	r = CALL_LIMITED(true, sendmmsg(fd, vec, 1, flags));
	say(" lengths %u", vec[0].msg_len);
	return r == 1 ? vec[0].msg_len : r;
}

static const char *const send_names[] = {"send",    "sendto",	"sendto to",
					 "sendmsg", "sendmmsg", "write",
					 "writev",  "send"};

static long send_somehow(int fd, const struct step *step, void *buf,
			 size_t size, int flags)
{
	struct addr to = addr_make(LOOPBACK4, PORT_NOBODY);
	struct iovec iov[3];

	if (step->r[4] % 4)
		to.len = 0;
	switch (step->r[1] % 8) {
	case 1:
		return CALL_LIMITED(true,
				    sendto(fd, buf, size, flags, NULL, 0));
	case 2:
		to.len = sizeof(to.in);
		return CALL_LIMITED(
			true, sendto(fd, buf, size, flags, &to.sa, to.len));
	case 3:
	case 4:
		return send_message(fd, step, buf, size, flags, &to);
	case 5:
		return CALL_LIMITED(true, write(fd, buf, size));
	case 6:
		return CALL_LIMITED(
			true, writev(fd, iov, cut(iov, buf, size, step->r[4])));
	default:
		return CALL_LIMITED(true, send(fd, buf, size, flags));
	}
}

static bool is_plain(const struct step *step)
{
	return step->r[1] % 8 == 5 || step->r[1] % 8 == 6;
}

static size_t fits(const struct file *file, size_t size)
{
	size_t way = file->conn < 0
			     ? 0
			     : own_side(file)->sent - peer_side(file)->got;

	return way + size > IN_FLIGHT_MAX ? 0 : size;
}

void step_send(const struct step *step)
{
	static const int some[] = {
		MSG_NOSIGNAL, MSG_DONTWAIT, MSG_EOR, MSG_CONFIRM, 0, 0};
	int slot = pick(step->r[0], is_connected);
	int flags = some[step->r[3] % 6] | some[step->r[3] / 6 % 6];
	struct file *file;
	size_t size;
	void *buf = buffer;
	long r;

	if (slot < 0)
		return;
	file = file_at(slot);
	if (is_plain(step) ? !may_write_plainly(file) : !may_send(file))
		return;
	size = fits(file, choose_size(step->r[2]));
	memset(buffer, 'x', sizeof(buffer));
	fill_next(file, buffer, size);
	say_call("%s %s size %zu flags %s", send_names[step->r[1] % 8],
		 slot_text(slot), size, flags_text(flags));
	if (step->r[5] % 32 == 0 && size && !is_plain(step)) {
		say(" bad pointer");
		buf = bad_pointer(step->r[5] / 32);
	}
	r = send_somehow(slots[slot].fd, step, buf, size, flags);
	say_value(r);
	did_send(file, r);
}

/* ---- receiving ---------------------------------------------------- */

struct got {
	int flags;
	size_t size;
	struct addr from;
	bool is_message, is_there;
	struct msghdr msg;
};

static long receive_message(int fd, const struct step *step, void *buf,
			    struct got *got)
{
	struct iovec iov[3];
	char control[64];
	struct mmsghdr vec[2];
	struct msghdr msg = {.msg_iov = iov,
			     .msg_name = &got->from,
			     .msg_namelen = sizeof(got->from.ss),
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	long r;

	got->is_message = true;
	msg.msg_iovlen = cut(iov, buf, got->size, step->r[4]);
	if (step->r[1] % 8 != 4) {
		r = CALL_LIMITED(got->is_there, recvmsg(fd, &msg, got->flags));
		got->msg = msg;
		return r;
	}
	memset(vec, 0, sizeof(vec));
	vec[0].msg_hdr = msg;
	r = CALL_LIMITED(got->is_there, recvmmsg(fd, vec, 1, got->flags, NULL));
	got->msg = vec[0].msg_hdr;
	return r == 1 ? vec[0].msg_len : r;
}

static const char *const receive_names[] = {"recv",    "recvfrom", "recvfrom a",
					    "recvmsg", "recvmmsg", "read",
					    "readv",   "recv"};

static long receive_somehow(int fd, const struct step *step, void *buf,
			    struct got *got)
{
	struct iovec iov[3];
	size_t size = got->size;

	switch (step->r[1] % 8) {
	case 1:
		return CALL_LIMITED(
			got->is_there,
			recvfrom(fd, buf, size, got->flags, NULL, NULL));
	case 2:
		got->from.len = step->r[4] % 64;
		return CALL_LIMITED(got->is_there,
				    recvfrom(fd, buf, size, got->flags,
					     &got->from.sa, &got->from.len));
	case 3:
	case 4:
		return receive_message(fd, step, buf, got);
	case 5:
		return CALL_LIMITED(got->is_there, read(fd, buf, size));
	case 6:
		return CALL_LIMITED(
			got->is_there,
			readv(fd, iov, cut(iov, buf, size, step->r[4])));
	default:
		return CALL_LIMITED(got->is_there,
				    recv(fd, buf, size, got->flags));
	}
}

static bool untouched(size_t from)
{
	for (size_t i = from; i < sizeof(buffer); i++)
		if (buffer[i] != FILLER)
			return false;
	return true;
}

const char *content_of(const struct file *file, const unsigned char *buf,
		       long n)
{
	for (long i = 0; i < n; i++)
		if (buf[i] !=
		    byte_of(file->conn, !file->end, own_side(file)->got + i))
			return ", other bytes than were sent";
	return "";
}

static const char *content(const struct file *file, long n, int flags)
{
	if (n <= 0 || file->conn < 0 || (flags & MSG_TRUNC))
		return untouched(0) ? "" : ", the buffer was written to";
	if (*content_of(file, buffer, n))
		return content_of(file, buffer, n);
	return untouched(n) ? "" : ", more than that was written";
}

static void say_received(const struct got *got, long r)
{
	if (r < 0)
		return;
	if (got->is_message)
		say("  name length %u, control %zu, flags %s\n",
		    got->msg.msg_namelen, (size_t)got->msg.msg_controllen,
		    flags_text(got->msg.msg_flags));
	else if (got->from.len)
		say("  name length %u\n", got->from.len);
}

static bool reads(const struct file *file)
{
	return has_data(file) || (is_connected(file) && file->news);
}

void step_receive(const struct step *step)
{
	static const int some[] = {0,
				   0,
				   0,
				   MSG_PEEK,
				   MSG_TRUNC,
				   MSG_WAITALL,
				   MSG_PEEK | MSG_TRUNC,
				   MSG_NOSIGNAL,
				   MSG_PEEK | MSG_WAITALL,
				   MSG_CMSG_CLOEXEC,
				   MSG_WAITALL | MSG_TRUNC,
				   MSG_ERRQUEUE};
	int slot = pick(step->r[0], step->r[5] % 4 ? has_data : reads);
	struct got got = {.flags = some[step->r[3] % 12],
			  .size = choose_size(step->r[2])};
	bool plain = is_plain(step);
	struct file *file;
	void *buf = buffer;
	long r;

	if (slot < 0)
		return;
	file = file_at(slot);
	if (!may_receive(file) || (plain && !got.size) ||
	    (plain && !may_read_plainly(file)))
		return;
	if (step->r[3] / 12 % 4 || !got.size)
		got.flags |= MSG_DONTWAIT;
	got.is_there = (got.flags & MSG_DONTWAIT && !plain) ||
		       does_not_wait(slot) ||
		       (readable(file) && !(got.flags & MSG_WAITALL));
	memset(buffer, FILLER, sizeof(buffer));
	say_call("%s %s (%u there) size %zu flags %s",
		 receive_names[step->r[1] % 8], slot_text(slot), readable(file),
		 got.size, plain ? "" : flags_text(got.flags));
	if (step->r[5] % 32 == 0 && got.size && !plain) {
		say(" bad pointer");
		buf = bad_pointer(step->r[5] / 32);
	}
	r = receive_somehow(slots[slot].fd, step, buf, &got);
	say_result(r, "%s", content(file, r, plain ? 0 : got.flags));
	say_received(&got, r);
	if (plain || !(got.flags & MSG_PEEK))
		did_receive(file, r);
}

/* ---- the rest ----------------------------------------------------- */

void step_shutdown(const struct step *step)
{
	static const int hows[] = {SHUT_RD, SHUT_WR, SHUT_WR, SHUT_RDWR, 3};
	int slot =
		pick(step->r[0], step->r[1] % 4 ? is_connected : is_listening);
	int how = hows[step->r[2] % 5];
	long r;

	if (slot < 0 || !is_alive(file_at(slot)) || is_over(file_at(slot)) ||
	    (is_listening(file_at(slot)) && !may_swap(file_at(slot))))
		return;
	/* A monitor ends both directions when one ends. */
	if (is_connected(file_at(slot)) && how == SHUT_WR &&
	    getenv("WALK_MONITOR"))
		return;
	say_call("shutdown %s how %d", slot_text(slot), how);
	r = CALL(shutdown(slots[slot].fd, how));
	say_value(r);
	did_shutdown(file_at(slot), how, r);
}

void step_ioctl(const struct step *step)
{
	static const struct {
		unsigned long request;
		const char *name;
	} requests[] = {{FIONREAD, "FIONREAD"},	    {FIONREAD, "FIONREAD"},
			{SIOCATMARK, "SIOCATMARK"}, {FIONBIO, "FIONBIO"},
			{FIOCLEX, "FIOCLEX"},	    {FIONCLEX, "FIONCLEX"},
			{0x5499, "an unknown one"}};
	unsigned which = step->r[1] % 7;
	int slot = pick(step->r[0], is_connected);
	int value = step->r[2] % 2;
	void *arg = step->r[3] % 16 ? &value : bad_pointer(step->r[4]);
	long r;

	if (slot < 0 || !may_receive(file_at(slot)))
		return;
	say_call("ioctl %s (%u there) %s%s", slot_text(slot),
		 readable(file_at(slot)), requests[which].name,
		 arg == &value ? "" : " bad pointer");
	r = CALL(ioctl(slots[slot].fd, requests[which].request, arg));
	say_result(r, " value %d", value);
}
