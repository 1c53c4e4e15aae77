/* SPDX-License-Identifier: MIT */
/* Bad pointers, found without touching them: see usermem.h. */
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"

#define PAGE ((uintptr_t)4096)
#define NEAR (256 * 1024)

/* Set by glibc's dynamic loader; others have none. */
extern void *__libc_stack_end __attribute__((weak));

static uintptr_t heap_start;

#define SEGMENTS 8

/* Those that share or touch a page are one. */
static struct span {
	uintptr_t start, end;
} segments[SEGMENTS];
static int nsegments;
static struct span writable; /* the program's own variables */

/*
 * rt_sigprocmask(2) reads the set before it looks at `how`, and an invalid
 * `how` changes nothing: EFAULT or EINVAL tells. It is a call that sandboxes
 * allow.
 */
static bool probe(uintptr_t at)
{
	int saved = errno;
	bool ok;

	at &= ~(uintptr_t)7;
	ok = real()->syscall(SYS_rt_sigprocmask, ~0L, at, 0L, 8L) == 0 ||
	     errno != EFAULT;
	errno = saved;
	return ok;
}

/* What pthread_self() gives, without a call where gcc can. */
static uintptr_t own_block(void)
{
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) &&        \
	__GNUC__ >= 11
	return (uintptr_t)__builtin_thread_pointer();
#else
	return (uintptr_t)pthread_self();
#endif
}

/*
 * The frames of our callers are mapped up to the thread's own block, which
 * glibc puts on top of a thread's stack, or, in the first thread, up to where
 * the program was entered.
 */
static bool on_stack(uintptr_t at, size_t size)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t top = own_block();

	if (top < here)
		top = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
	return at >= here && at - here < NEAR && size < NEAR &&
	       at + size <= top;
}

/* From the first page of the heap that we saw up to its end of now. */
static bool on_heap(uintptr_t at, size_t size)
{
	return heap_start && at >= heap_start &&
	       at + size <= (uintptr_t)sbrk(0);
}

static bool in_program(uintptr_t at, size_t size)
{
	for (int i = 0; i < nsegments; i++)
		if (at >= segments[i].start && at + size <= segments[i].end)
			return true;
	return false;
}

static void add_segment(uintptr_t start, uintptr_t end)
{
	int n = nsegments;

	if (n && start >= segments[n - 1].start &&
	    (start & -PAGE) <= ((segments[n - 1].end + PAGE - 1) & -PAGE)) {
		segments[n - 1].end = end;
	} else if (n < SEGMENTS) {
		segments[n].start = start;
		segments[n].end = end;
		nsegments++;
	}
}

/* The first one is the program itself (dl_iterate_phdr(3)). */
static int find_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t relro = 0;

	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R))
			add_segment(start, start + segment->p_memsz);
		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W))
			writable =
				(struct span){start, start + segment->p_memsz};
		if (segment->p_type == PT_GNU_RELRO)
			relro = start + segment->p_memsz;
	}
	if (relro > writable.start)
		writable.start = relro;
	return 1;
}

void usermem_init(void)
{
	void *block = malloc(16);
	uintptr_t at = (uintptr_t)block, end = (uintptr_t)sbrk(0);

	heap_start = at < end && end - at < 1024 * 1024 ? at & -PAGE : end;
	free(block);
	nsegments = 0;
	dl_iterate_phdr(find_segments, NULL);
}

__attribute__((noinline)) static bool elsewhere(uintptr_t at, size_t size)
{
	if (at < PAGE || at + size < at)
		return false;
	if (in_program(at, size) || on_heap(at, size))
		return true;
	if (!probe(at))
		return false;
	return !size || at / PAGE == (at + size - 1) / PAGE ||
	       probe(at + size - 1);
}

bool usermem_readable(const void *memory, size_t size)
{
	uintptr_t at = (uintptr_t)memory;

	return on_stack(at, size) || elsewhere(at, size);
}

/* ---- writing --------------------------------------------------------------- */

/* A byte of the socket's type is written there: true, unless it can't be. */
static bool takes_a_byte(int fd, uintptr_t at)
{
	socklen_t len = 1;
	int saved = errno;
	bool ok = !real()->getsockopt(fd, SOL_SOCKET, SO_TYPE, (void *)at,
				      &len) ||
		  errno != EFAULT;

	errno = saved;
	return ok;
}

static bool is_writable(int fd, uintptr_t at, size_t size)
{
	uintptr_t last = at + size - 1;

	if (on_stack(at, size) || on_heap(at, size) ||
	    (at >= writable.start && last < writable.end))
		return true;
	return at >= PAGE && last >= at && takes_a_byte(fd, at) &&
	       (at / PAGE == last / PAGE || takes_a_byte(fd, last));
}

int usermem_put(int fd, void *to, const void *from, size_t size)
{
	if (!size)
		return 0;
	if (!is_writable(fd, (uintptr_t)to, size))
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}
