/* SPDX-License-Identifier: MIT */
/*
 * What a mapping table costs: time to load, memory, and nanoseconds for one
 * lookup, in tables of several kinds and sizes. "hit"
 * looks up random addresses of the table, "one" the same one again and again,
 * "miss" ones that no rule has. "read" is the least that a hit could cost more
 * than "one": a single read at a random place among as many rules.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/table.h"

#define QUESTIONS 65536

/* How often each question is asked: bench_table [LOOKUPS [SHAPE]] */
static unsigned lookups = 2000000;

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
	start = (now() - start) * 1e3;
	before = memory() - before;
	printf("%-12s %7u %9.2f %9zu", shape->name, shape->rules, start,
	       before / 1024);
	free((char *)source.text);
	return table;
}

/* ---- Asking --------------------------------------------------------- */

/* Nanoseconds for a lookup, the best of five runs. */
static double measure(const struct map_table *table,
		      const struct question *questions, unsigned n,
		      enum map_verdict wanted)
{
	double best = 1e9;

	for (int run = 0; run < 5; run++) {
		unsigned right = 0;
		double start = now();

		for (unsigned i = 0; i < lookups; i++) {
			const struct question *q = &questions[i % n];
			struct map_answer answer;

			map_lookup(table, MAP_CONNECT, &q->addr, q->port,
				   &answer);
			right += answer.verdict == wanted;
		}
		start = (now() - start) / lookups * 1e9;
		best = start < best ? start : best;
		if (right != lookups) {
			fprintf(stderr, "wrong answers\n");
			exit(1);
		}
	}
	return best;
}

/* Nanoseconds for a read at a random place, each waiting for the one before. */
static double measure_read(size_t records)
{
	static uint32_t places[QUESTIONS];
	volatile uint64_t *memory = calloc(records, 32);
	double best = 1e9;
	uint64_t last = 0;

	if (!memory)
		exit(1);
	for (size_t i = 0; i < records; i++)
		memory[4 * i] = 0;
	for (unsigned i = 0; i < QUESTIONS; i++)
		places[i] = random() % records;
	for (int run = 0; run < 5; run++) {
		double start = now();

		for (unsigned i = 0; i < lookups; i++)
			last = memory[4 * places[(i + last) % QUESTIONS]];
		start = (now() - start) / lookups * 1e9;
		best = start < best ? start : best;
	}
	free((void *)memory);
	return best;
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
	printf(" %7.1f\n", measure_read(shape->rules));
	map_free(table);
}

int main(int argc, char **argv)
{
	size_t n = sizeof(shapes) / sizeof(*shapes), first = 0;

	if (argc > 1)
		lookups = strtoul(argv[1], NULL, 10);
	if (argc > 2) {
		first = strtoul(argv[2], NULL, 10);
		n = first < n ? first + 1 : 0;
	}
	printf("%-12s %7s %9s %9s %7s %7s %7s %7s\n", "table", "rules",
	       "load ms", "KiB", "hit ns", "one ns", "miss ns", "read ns");
	for (size_t i = first; i < n; i++)
		bench(&shapes[i]);
	return 0;
}
