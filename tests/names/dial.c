/* SPDX-License-Identifier: MIT */
/*
 * Looks a name up from many threads and over fork(), and dials what comes out.
 *
 *	dial dial NAME PORT	connects, and says the error
 *	dial canonical NAME	its canonical name, asked for often
 *	dial threads NAME	each thread, and a child, has the same address
 *	dial children NAME N	and N children, made while the threads look up
 *
 * POSIX has no child of a process with threads call getaddrinfo(): with a name
 * in /etc/hosts one in some hundred hangs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS	200

static const char *name;

/* The address of name, in host order, or 0. */
static unsigned look_up(void)
{
	struct addrinfo hints = {.ai_family = AF_INET,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;
	unsigned addr;

	if (getaddrinfo(name, "1", &hints, &info))
		return 0;
	addr = ntohl(((struct sockaddr_in *)info->ai_addr)->sin_addr.s_addr);
	freeaddrinfo(info);
	return addr;
}

static unsigned look_up_r(void)
{
	struct hostent host, *result;
	char buf[512];
	int error;

	if (gethostbyname_r(name, &host, buf, sizeof(buf), &result, &error) ||
	    !result || strcmp(result->h_name, name) != 0)
		return 0;
	return ntohl(*(unsigned *)result->h_addr_list[0]);
}

static int canonical(void)
{
	struct addrinfo hints = {.ai_flags = AI_CANONNAME,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;
	char said[256] = "";

	for (int i = 0; i < ROUNDS; i++) {
		if (getaddrinfo(name, "1", &hints, &info))
			return 1;
		snprintf(said, sizeof(said), "%s", info->ai_canonname);
		freeaddrinfo(info);
	}
	printf("%s\n", said);
	return 0;
}

static void *look_up_often(void *arg)
{
	unsigned first = look_up();

	for (int i = 0; i < ROUNDS; i++)
		if (look_up() != first || look_up_r() != first)
			return NULL;
	*(unsigned *)arg = first;
	return arg;
}

static int threads(void)
{
	pthread_t ids[THREADS];
	unsigned found[THREADS] = {0};
	int bad = 0, status = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&ids[i], NULL, look_up_often, &found[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(ids[i], NULL);
		bad |= !found[i] || found[i] != found[0];
	}
	if (fork() == 0)
		_exit(look_up() != found[0] || look_up_r() != found[0]);
	wait(&status);
	bad |= status != 0;
	printf("%s %x\n", bad ? "differ" : "same", found[0]);
	return bad;
}

static atomic_bool stop;

static void *look_up_until_stop(void *arg)
{
	while (!stop)
		if (!look_up() || !look_up_r())
			abort();
	return arg;
}

static bool child_finds(unsigned found)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		alarm(20);
		_exit(look_up() != found || look_up_r() != found);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static int children(int n)
{
	pthread_t ids[THREADS];
	unsigned found = look_up();

	for (int i = 0; i < THREADS; i++)
		pthread_create(&ids[i], NULL, look_up_until_stop, NULL);
	while (n > 0 && child_finds(found))
		n--;
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	printf("%s %x\n", n ? "a child hangs, or differs" : "same", found);
	return n != 0;
}

static int dial(const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *info;
	int r = getaddrinfo(name, port, &hints, &info), fd;

	if (r) {
		printf("%s\n", gai_strerror(r));
		return 1;
	}
	fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
	errno = 0;
	r = connect(fd, info->ai_addr, info->ai_addrlen);
	printf("connect: %s\n", strerror(errno));
	return r != 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 99;
	name = argv[2];
	if (argc == 4 && strcmp(argv[1], "dial") == 0)
		return dial(argv[3]);
	if (strcmp(argv[1], "canonical") == 0)
		return canonical();
	if (argc == 4 && strcmp(argv[1], "children") == 0)
		return children(atoi(argv[3]));
	return strcmp(argv[1], "threads") == 0 ? threads() : 99;
}
