/* SPDX-License-Identifier: MIT */
/* A table written as an image is the same table, or is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

TestSuite(config_image, .timeout = 60);

static const char rules[] = "connect a.test:1 = vsock:3:1 timeout=1s\n"
			    "connect *.b.test:5-9 = hvsock:/run/v:*\n"
			    "listen 10.0.0.0/8:* = vsock:any:*\n"
			    "[fd00::1]:7 = vsock:4:9 buffer=1M\n"
			    "connect localhost:1 = refuse\n"
			    "peer vsock:9 = 10.0.0.9\n";

static int image_of(const char *text)
{
	struct map_table *table = load_good(text);
	int fd = write_image(table);

	map_free(table);
	return fd;
}

static struct map_table *load_good_image(int fd)
{
	struct messages messages;
	struct map_table *table = load_image(fd, &messages);

	cr_assert(table, "%s", messages.text);
	cr_expect_str_eq(messages.text, "");
	return table;
}

Test(config_image, has_the_same_rules)
{
	struct map_table *table = load_good(rules);
	int fd = image_of(rules);
	struct map_table *image = load_good_image(fd);
	char *wanted = format_table(table), *got = format_table(image);

	cr_expect_str_eq(got, wanted);
	free(wanted);
	free(got);
	map_free(table);
	map_free(image);
	close(fd);
}

Test(config_image, answers_and_turns_back)
{
	int fd = image_of(rules);
	struct map_table *t = load_good_image(fd);
	struct map_addr addr;
	uint16_t port;

	close(fd);
	cr_expect_str_eq(ask_name(t, "A.test", 1), "vsock:3:1");
	cr_expect_str_eq(ask_name(t, "x.b.test", 6), "hvsock:/run/v:6");
	cr_expect_str_eq(ask_name(t, "c.test", 1), "unknown");
	cr_expect_str_eq(ask(t, MAP_LISTEN, "10.1.2.3", 99), "vsock:any:99");
	cr_expect_str_eq(ask(t, MAP_CONNECT, "10.1.2.3", 99), "none");
	cr_expect_str_eq(ask(t, MAP_CONNECT, "fd00::1", 7), "vsock:4:9");
	cr_expect(map_reverse_connect(t, AF_INET6, 4, 9, &addr, &port));
	cr_expect_str_eq(endpoint_text(&addr, port), "[fd00::1]:7");
	cr_expect(map_peer(t, AF_INET, 9, &addr));
	cr_expect_str_eq(endpoint_text(&addr, 1), "10.0.0.9:1");
	cr_expect(map_has_hybrid(t));
	cr_expect(map_has_localhost(t));
	map_free(t);
}

Test(config_image, empty_table_is_one)
{
	int fd = image_of("");
	struct map_table *t = load_good_image(fd);

	cr_expect_eq(map_count(t), 0);
	cr_expect_str_eq(ask(t, MAP_CONNECT, "10.0.0.1", 1), "none");
	cr_expect_str_eq(ask_name(t, "a.test", 1), "unknown");
	map_free(t);
	close(fd);
}

/* But for the first eight bytes: without them it is a text. */
Test(config_image, every_changed_byte_is_noticed)
{
	int fd = image_of(rules);
	off_t size = lseek(fd, 0, SEEK_END);
	struct messages messages;
	unsigned char byte, other;

	cr_assert_gt(size, 100);
	for (off_t at = 0; at < size; at++) {
		cr_assert_eq(pread(fd, &byte, 1, at), 1);
		other = byte ^ (1 << at % 8);
		cr_assert_eq(pwrite(fd, &other, 1, at), 1);
		cr_expect_null(load_image(fd, &messages), "byte %ld", (long)at);
		cr_expect_neq(messages.used, 0);
		cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
	}
	map_free(load_good_image(fd));
	close(fd);
}

Test(config_image, every_other_length_is_noticed)
{
	int fd = image_of(rules);
	off_t size = lseek(fd, 0, SEEK_END);
	struct messages messages;

	cr_assert_eq(ftruncate(fd, size + 64), 0);
	cr_expect_null(load_image(fd, &messages));
	for (off_t n = size - 1; n > 0; n--) {
		cr_assert_eq(ftruncate(fd, n), 0);
		cr_expect_null(load_image(fd, &messages), "%ld bytes", (long)n);
	}
	close(fd);
}

Test(config_image, stands_alone)
{
	int fd = image_of(rules);
	struct messages messages = {0};
	char name[40];
	struct map_source sources[] = {{"-m", "1.1.1.1:1=refuse", 16},
				       {.name = name}};

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	cr_expect_null(map_load(sources, 2, collect, &messages));
	cr_expect(strstr(messages.text, "stands alone"), "%s", messages.text);
	close(fd);
}
