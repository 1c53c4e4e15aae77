/* SPDX-License-Identifier: MIT */
/*
 * Loads a table with memory for one more allocation each time, until it loads:
 * until then there is an error message and no table, and never a crash.
 * Criterion allocates on its own, so this is a plain program; it is linked with
 * --wrap for each function below.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/table.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
int __real_posix_memalign(void **at, size_t align, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
int __wrap_posix_memalign(void **at, size_t align, size_t size);

static long left = -1; /* allocations that succeed; -1: all */

static int is_empty(void)
{
	if (left > 0) {
		left--;
		return 0;
	}
	return left == 0;
}

void *__wrap_malloc(size_t size)
{
	return is_empty() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_empty() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return is_empty() ? NULL : __real_realloc(at, size);
}

int __wrap_posix_memalign(void **at, size_t align, size_t size)
{
	return is_empty() ? ENOMEM : __real_posix_memalign(at, align, size);
}

static void count_errors(const struct map_message *message, void *arg)
{
	int *errors = arg;

	*errors += message->is_error;
	/* The place is one of the text, whether that was copied or not. */
	if (message->column > strlen(message->text) + 1)
		*errors += 1000000;
}

static size_t print_rules(char *text)
{
	size_t used = 0;

	for (int i = 0; i < 60; i++)
		used += sprintf(text + used,
				"connect h%d.x:%d = vsock:3:%d\n"
				"*.y%d:1-9 = hvsock:/a:*\n"
				"10.%d.0.0/16:5-9 = refuse\n"
				"10.0.0.%d:7 = vsock:2:9\n"
				"10.0.0.%d:7 = refuse\n"
				"peer vsock:%d = 10.0.0.9\n",
				i, i + 1, i + 1, i, i, i, i, i + 2);
	return used;
}

/* Whether the table loads with n allocations. */
static int load(const struct map_source *source, long n)
{
	struct map_table *table;
	int errors = 0;

	left = n;
	table = map_load(source, 2, count_errors, &errors);
	left = -1;
	if (!table == !errors || errors > 1) {
		fprintf(stderr, "%ld allocations: %s, %d errors\n", n,
			table ? "loaded" : "not loaded", errors);
		exit(1);
	}
	map_free(table);
	return table != NULL;
}

/* A file that has a variable, without a name of its own. */
static void make_file(char *name, size_t size)
{
	static const char rule[] = "connect file.x:1 = vsock:${T2V_CID}:1\n";
	int fd = memfd_create("rules", 0);

	snprintf(name, size, "/proc/self/fd/%d", fd);
	if (fd < 0 || fchmod(fd, 0600) < 0 || setenv("T2V_CID", "7", 1) < 0 ||
	    write(fd, rule, sizeof(rule) - 1) < 0)
		exit(99);
}

int main(void)
{
	static char text[20000];
	char name[40];
	struct map_source sources[] = {{"-m", text, print_rules(text)},
				       {name, NULL, 0}};
	long n = 0;

	make_file(name, sizeof(name));
	while (!load(sources, n))
		n++;
	printf("loads with %ld allocations\n", n);
	/* Fewer would mean that nothing was refused. */
	return n < 20;
}
