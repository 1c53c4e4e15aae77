/* SPDX-License-Identifier: MIT */
/*
 * The whole table <-> a file. A process maps it as it is: nothing is read but
 * to see that it is whole, and all processes share its pages.
 *
 *	struct header	what it is, then the table's struct without its pointers
 *	the arrays	in the order of list_parts(), each on a cache line
 *
 * The file is as trusted as a file of rules, and source.c has looked at its
 * owner; the sum tells a damaged one. Its layout is that of the structs, so it
 * is good for this version of the program on this kind of machine.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/internal.h"

#define LINE	  64
#define PARTS_MAX 40

/* A byte that no text has, so that it is no file of rules either. */
static const char magic[8] = "\0t2v-map";

struct header {
	char magic[8];
	char version[32];
	uint32_t layout; /* LAYOUT, which tells the order of bytes, too */
	uint32_t table_size;
	uint64_t size; /* of the file */
	uint64_t sum;  /* of all that follows this first line */
	struct map_table table;
};

/* Another one for each change of what an array holds. */
#define LAYOUT 0x01020305

/* An array: where the table points to it. */
struct part {
	void *at;
	size_t size;
};

struct parts {
	struct part list[PARTS_MAX];
	size_t n;
};

static void add(struct parts *parts, void *at, size_t n, size_t size)
{
	parts->list[parts->n++] = (struct part){at, n * size};
}

static void add_hash(struct parts *parts, struct hash *hash)
{
	size_t n = hash->low ? (size_t)hash->mask + 1 : 0;

	add(parts, &hash->slots, n, sizeof(*hash->slots));
}

static void add_index(struct parts *parts, struct index *index)
{
	add(parts, &index->singles.lines, index->singles.count,
	    sizeof(*index->singles.lines));
	add_hash(parts, &index->by_host);
	add(parts, &index->blocks, index->nblocks, sizeof(*index->blocks));
	add(parts, &index->segments, index->nsegments,
	    sizeof(*index->segments));
	add(parts, &index->ports, SET_WORDS, sizeof(*index->ports));
	add(parts, &index->nets, SET_WORDS, sizeof(*index->nets));
	add(parts, &index->spans, SET_WORDS, sizeof(*index->spans));
	for (int kind = 0; kind < HOST_KINDS; kind++)
		add(parts, &index->levels[kind].list, index->levels[kind].count,
		    sizeof(struct level));
}

static void list_parts(struct map_table *table, struct parts *parts)
{
	parts->n = 0;
	add(parts, &table->entries, table->count, sizeof(*table->entries));
	add(parts, &table->ways, table->nways, sizeof(*table->ways));
	add(parts, &table->sources, table->nsources, sizeof(*table->sources));
	add_index(parts, &table->index[0]);
	add_index(parts, &table->index[1]);
	add(parts, &table->names, table->nnames, sizeof(*table->names));
	add_hash(parts, &table->by_name);
	for (int which = 0; which < REVERSES; which++) {
		struct reverse *reverse = &table->reverse[which];

		add_hash(parts, &reverse->singles);
		add(parts, &reverse->ranges, reverse->nranges,
		    sizeof(*reverse->ranges));
	}
	add_hash(parts, &table->by_peer);
	add(parts, &table->peers, table->npeers, sizeof(*table->peers));
	add(parts, &table->strings, table->nstrings, 1);
}

static size_t to_line(size_t n)
{
	return (n + LINE - 1) & -(size_t)LINE;
}

/* Four sums side by side, as fast as memory. size: of the file. */
static uint64_t sum_of(const char *image, size_t size)
{
	uint64_t sums[4] = {1, 2, 3, 4}, words[4];

	for (size_t at = LINE; at < size; at += sizeof(words)) {
		memcpy(words, image + at, sizeof(words));
		for (int k = 0; k < 4; k++) {
			sums[k] = (sums[k] ^ words[k]) * 0x9e3779b97f4a7c15;
			sums[k] ^= sums[k] >> 32;
		}
	}
	return hash_mix(hash_mix(sums[0], sums[1], sums[2]), sums[3], size);
}

/* ---- Writing ----------------------------------------------------------- */

static size_t size_of(const struct parts *parts)
{
	size_t size = to_line(sizeof(struct header));

	for (size_t i = 0; i < parts->n; i++)
		size += to_line(parts->list[i].size);
	return size;
}

static void *array_of(const struct part *part)
{
	void *array;

	memcpy(&array, part->at, sizeof(array));
	return array;
}

static void fill_first_line(struct header *header, size_t size)
{
	_Static_assert(offsetof(struct header, table) == LINE, "see sum_of()");
	memset(header, 0, LINE);
	memcpy(header->magic, magic, sizeof(magic));
	memcpy(header->version, PACKAGE_VERSION, sizeof(PACKAGE_VERSION));
	header->layout = LAYOUT;
	header->table_size = sizeof(struct map_table);
	header->size = size;
}

static void fill_header(struct header *header, const struct map_table *table,
			size_t size)
{
	struct parts parts;

	fill_first_line(header, size);
	header->table = *table;
	header->table.image = NULL;
	header->table.image_size = 0;
	list_parts(&header->table, &parts);
	for (size_t i = 0; i < parts.n; i++)
		memset(parts.list[i].at, 0, sizeof(void *));
}

static void fill(char *image, const struct map_table *table,
		 const struct parts *parts, size_t size)
{
	struct header *header = (struct header *)image;
	size_t at = to_line(sizeof(*header));

	fill_header(header, table, size);
	for (size_t i = 0; i < parts->n; i++) {
		if (parts->list[i].size)
			memcpy(image + at, array_of(&parts->list[i]),
			       parts->list[i].size);
		at += to_line(parts->list[i].size);
	}
	header->sum = sum_of(image, size);
}

static int write_all(int fd, const char *at, size_t size)
{
	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
		size -= n > 0 ? n : 0;
	}
	return 0;
}

int map_write_image(const struct map_table *table, int fd)
{
	struct map_table copy = *table;
	struct parts parts;
	size_t size;
	char *image;
	int err;

	list_parts(&copy, &parts);
	size = size_of(&parts);
	image = aligned_alloc(LINE, size);
	if (!image)
		return -ENOMEM;
	memset(image, 0, size);
	fill(image, table, &parts, size);
	err = write_all(fd, image, size);
	free(image);
	return err;
}

/* ---- Reading ----------------------------------------------------------- */

bool is_image(int fd, const struct stat *st)
{
	char start[sizeof(magic)];

	return S_ISREG(st->st_mode) &&
	       pread(fd, start, sizeof(start), 0) == sizeof(start) &&
	       memcmp(start, magic, sizeof(magic)) == 0;
}

/* The arrays of the table are in the image, one after the other. */
static bool place_parts(struct map_table *table, char *image, size_t size)
{
	size_t at = to_line(sizeof(struct header));
	struct parts parts;

	list_parts(table, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		const struct part *part = &parts.list[i];
		void *array = part->size ? image + at : NULL;

		if (at > size || part->size > size - at)
			return false;
		memcpy(part->at, &array, sizeof(array));
		at += to_line(part->size);
	}
	return at == size;
}

static int refuse(struct loader *l, const char *what)
{
	return source_fault(l, what,
			    "compile its rules again: tcp2vsock -f RULES "
			    "--compile FILE");
}

static int check(struct loader *l, const char *image, size_t size)
{
	const struct header *header = (const struct header *)image;
	struct header mine;

	fill_first_line(&mine, size);
	if (size < LINE ||
	    memcmp(header, &mine, offsetof(struct header, size)) != 0)
		return refuse(l, "the file is a table compiled by another "
				 "version of tcp2vsock");
	if (size < to_line(sizeof(*header)) || size % LINE ||
	    header->size != size || header->sum != sum_of(image, size))
		return refuse(l, "the file is a damaged compiled table");
	return 0;
}

/* The loader's own table has a source's name, and nothing else, by now. */
static int adopt(struct loader *l, char *image, size_t size)
{
	struct map_table table = ((struct header *)image)->table;

	if (!place_parts(&table, image, size))
		return refuse(l, "the file is a damaged compiled table");
	free(l->table->sources);
	free(l->table->strings);
	table.image = image;
	table.image_size = size;
	*l->table = table;
	return 0;
}

int map_image(struct loader *l, int fd, size_t size)
{
	char *image;
	int err;

	if (l->nsources > 1)
		return source_fault(l,
				    "a compiled table stands alone, and there "
				    "are other rules",
				    "compile all of them into one: tcp2vsock "
				    "-m RULE -f RULES --compile FILE");
	image = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (image == MAP_FAILED)
		return -ENOMEM;
	err = check(l, image, size);
	if (!err)
		err = adopt(l, image, size);
	if (err)
		munmap(image, size);
	return err;
}
