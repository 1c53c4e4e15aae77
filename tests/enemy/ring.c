/* SPDX-License-Identifier: MIT */
/* close() by io_uring(7): see ring.h. */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/enemy/ring.h"

struct ring {
	int fd;
	char *memory;
	struct io_uring_sqe *entry;
	struct io_uring_params params;
};

/* Each thread's own. */
static __thread struct ring ring = {.fd = -1};

static void *map(size_t size, uint64_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring.fd, (off_t)offset);
}

static bool start(void)
{
	struct io_uring_params *p = &ring.params;
	size_t size;

	if (ring.fd >= 0)
		return true;
	memset(p, 0, sizeof(*p));
	ring.fd = (int)syscall(SYS_io_uring_setup, 1, p);
	if (ring.fd < 0 || !(p->features & IORING_FEAT_SINGLE_MMAP))
		return false;
	size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	ring.memory = map(size, IORING_OFF_SQ_RING);
	ring.entry = map(sizeof(*ring.entry), IORING_OFF_SQES);
	return ring.memory != MAP_FAILED && (void *)ring.entry != MAP_FAILED;
}

static unsigned *at(unsigned offset)
{
	return (unsigned *)(ring.memory + offset);
}

static int take_result(void)
{
	struct io_uring_params *p = &ring.params;
	unsigned head = *at(p->cq_off.head);
	struct io_uring_cqe *cqes = (void *)(ring.memory + p->cq_off.cqes);
	int r = cqes[head & *at(p->cq_off.ring_mask)].res;

	__atomic_store_n(at(p->cq_off.head), head + 1, __ATOMIC_RELEASE);
	return r;
}

int ring_close(int fd)
{
	struct io_uring_params *p = &ring.params;
	unsigned tail;
	int r;

	if (!start())
		return -1;
	tail = *at(p->sq_off.tail);
	*ring.entry =
		(struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .fd = fd};
	*at(p->sq_off.array) = 0;
	__atomic_store_n(at(p->sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -1;
	r = take_result();
	errno = r < 0 ? -r : 0;
	return r < 0 ? -1 : 0;
}
