/* SPDX-License-Identifier: MIT */
/*
 * What a mapping table costs: time to load, memory, and nanoseconds for one
 * lookup, in tables of several kinds and sizes. "hit" looks up random addresses
 * of the table, "one" the same one again and again, "miss" ones that no rule
 * has.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/table.h"

#define LOOKUPS	  2000000
#define QUESTIONS 65536

struct question {
	struct map_addr addr;
	uint16_t port;
};

struct shape {
	const char *name;
	unsigned rules;
	void (*print)(FILE *out, unsigned i);
	/* An address of rule i; or, when it is none, of no rule. */
	struct question (*ask)(const struct map_table *table, unsigned i);
};

static struct question question(uint32_t ip, uint16_t port)
{
	struct question q = {{.family = AF_INET}, port};

	q.addr.ip.v4.s_addr = htonl(ip);
	return q;
}

/* Scattered, so that neighbours in the table are none in memory. */
static uint32_t exact_ip(unsigned i)
{
	return 0x0a000000 | (i * 2654435761u & 0xffffff);
}

static void print_exact(FILE *out, unsigned i)
{
	uint32_t ip = exact_ip(i);

	fprintf(out, "connect 10.%u.%u.%u:%u = vsock:2:%u\n", ip >> 16 & 255,
		ip >> 8 & 255, ip & 255, 1024 + i % 50000, i + 1);
}

static struct question ask_exact(const struct map_table *table, unsigned i)
{
	(void)table;
	return question(exact_ip(i), 1024 + i % 50000);
}

static void print_block(FILE *out, unsigned i)
{
	fprintf(out, "connect 10.%u.%u.0/%u:%u-%u = vsock:2:%u-%u\n", i >> 8,
		i & 255, 24 + i % 8, 1000 + i, 1100 + i, 1000 + i, 1100 + i);
}

static struct question ask_block(const struct map_table *table, unsigned i)
{
	(void)table;
	return question(0x0a000000 | i << 8, 1050 + i);
}

static void print_name(FILE *out, unsigned i)
{
	fprintf(out, "connect host%u.example.org:443 = vsock:2:%u\n", i, i + 1);
}

static struct question ask_name(const struct map_table *table, unsigned i)
{
	struct question q = question(0, 443);
	char name[40];

	snprintf(name, sizeof(name), "host%u.example.org", i);
	map_name_address(table, name, AF_INET, &q.addr);
	return q;
}

static const struct shape shapes[] = {
	{"exact", 1, print_exact, ask_exact},
	{"exact", 1000, print_exact, ask_exact},
	{"exact", 100000, print_exact, ask_exact},
	{"CIDR, range", 1000, print_block, ask_block},
	{"names", 10000, print_name, ask_name},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static char *print_table(const struct shape *shape, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	for (unsigned i = 0; i < shape->rules; i++)
		shape->print(out, i);
	fclose(out);
	return text;
}

static size_t memory(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static struct map_table *load(const struct shape *shape)
{
	struct map_source source = {.name = "bench"};
	int fd = 2;
	size_t before;
	double start;
	struct map_table *table;

	source.text = print_table(shape, &source.size);
	before = memory();
	start = now();
	table = map_load(&source, 1, map_report_to_fd, &fd);
	if (!table)
		exit(1);
	printf("%-12s %7u %9.2f %9zu", shape->name, shape->rules,
	       (now() - start) * 1e3, (memory() - before) / 1024);
	free((char *)source.text);
	return table;
}

/* Nanoseconds for a lookup, the best of five runs. */
static double measure(const struct map_table *table,
		      const struct question *questions, unsigned n,
		      enum map_verdict wanted)
{
	double best = 1e9;

	for (int run = 0; run < 5; run++) {
		unsigned right = 0;
		double start = now();

		for (unsigned i = 0; i < LOOKUPS; i++) {
			const struct question *q = &questions[i % n];
			struct map_answer answer;

			map_lookup(table, MAP_CONNECT, &q->addr, q->port,
				   &answer);
			right += answer.verdict == wanted;
		}
		start = (now() - start) / LOOKUPS * 1e9;
		best = start < best ? start : best;
		if (right != LOOKUPS) {
			fprintf(stderr, "wrong answers\n");
			exit(1);
		}
	}
	return best;
}

/* How much the first shape, one exact rule, costs. */
static double one_rule;

/* Random addresses of a large table are not in the processor's cache. */
static void compare(double hit, double one)
{
	if (!one_rule)
		one_rule = hit;
	printf("  %.1f times one rule, the same address again %.1f\n",
	       hit / one_rule, one / one_rule);
}

static void bench(const struct shape *shape)
{
	static struct question questions[QUESTIONS];
	struct map_table *table = load(shape);
	double hit, one;

	for (unsigned i = 0; i < QUESTIONS; i++)
		questions[i] = shape->ask(table, random() % shape->rules);
	hit = measure(table, questions, QUESTIONS, MAP_VSOCK);
	one = measure(table, questions, 1, MAP_VSOCK);
	printf(" %7.1f %7.1f", hit, one);
	for (unsigned i = 0; i < QUESTIONS; i++)
		questions[i] = question(0xc0a80000 | i, 80);
	printf(" %7.1f", measure(table, questions, QUESTIONS, MAP_NONE));
	compare(hit, one);
	map_free(table);
}

int main(void)
{
	printf("%-12s %7s %9s %9s %7s %7s %7s\n", "table", "rules", "load ms",
	       "KiB", "hit ns", "one ns", "miss ns");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		bench(&shapes[i]);
	return 0;
}
