/* SPDX-License-Identifier: MIT */
/* Listeners that keep a client waiting. */
#include "parity.h"

#include <sched.h>
#include <sys/syscall.h>

#include "vsock/vm_sockets.h"

enum {
	HOG_PRIORITY = 10,
	OUR_PRIORITY = 20,
};

static void *hog(void *arg)
{
	struct pending *pending = arg;

	while (!__atomic_load_n(&pending->over, __ATOMIC_ACQUIRE))
		;
	return NULL;
}

static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sched_getcpu(), &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

static void be_real_time(int priority)
{
	struct sched_param param = {.sched_priority = priority};

	/* musl's function of that name only says ENOSYS. */
	MUST(syscall(SYS_sched_setscheduler, 0,
		     priority ? SCHED_FIFO : SCHED_OTHER, &param));
}

/*
 * The hog starts above us, sets nothing up and can't be preempted by the
 * worker; then we rise above it so as to run whenever we can.
 */
static void hog_begin(struct pending *pending)
{
	pthread_attr_t attr;
	struct sched_param param = {.sched_priority = HOG_PRIORITY};

	stay_on_one_cpu();
	be_real_time(OUR_PRIORITY);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	errno = pthread_create(&pending->hog, &attr, hog, pending);
	if (errno)
		give_up("pthread_create");
}

static void hog_end(struct pending *pending)
{
	__atomic_store_n(&pending->over, true, __ATOMIC_RELEASE);
	thread_join(pending->hog);
	be_real_time(0);
}

/* A monitor takes every connection, and its answer ends connect(). */
static void skip_hybrid(void)
{
	if (hybrid_run())
		skip("a monitor's connection can't be held back");
}

/* A backlog of 0 has room for one; the next SYN is dropped until then. */
void pending_begin(struct pending *pending)
{
	skip_hybrid();
	*pending = (struct pending){.addr = at("127.0.0.1", port(0))};
	pending->listener = listen_at(pending->addr, 0);
	if (redirected_run())
		hog_begin(pending);
	else
		pending->filler = connect_to(pending->addr);
}

void pending_end(struct pending *pending)
{
	if (redirected_run())
		hog_end(pending);
	else
		MUST(accept(pending->listener, NULL, NULL));
}

static void fill_vsock(struct crowd *crowd)
{
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = port(7)};

	crowd->listener = (int)MUST(libc()->socket(AF_VSOCK, SOCK_STREAM, 0));
	MUST(libc()->bind(crowd->listener, (void *)&vm, sizeof(vm)));
	MUST(libc()->listen(crowd->listener, 0));
	crowd->filler = (int)MUST(libc()->socket(AF_VSOCK, SOCK_STREAM, 0));
	MUST(libc()->connect(crowd->filler, (void *)&vm, sizeof(vm)));
}

void crowd_begin(struct crowd *crowd, const char *ip)
{
	skip_hybrid();
	crowd->addr = at(ip, port(7));
	if (redirected_run()) {
		fill_vsock(crowd);
		return;
	}
	crowd->listener = listen_at(crowd->addr, 0);
	crowd->filler = connect_to(crowd->addr);
}

void crowd_end(struct crowd *crowd)
{
	MUST(libc()->accept(crowd->listener, NULL, NULL));
}
