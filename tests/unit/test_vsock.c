/* SPDX-License-Identifier: MIT */
/* The text of addresses, and listeners: what needs no connection. */
#include "vsock/vsock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

TestSuite(vsock, .timeout = 20);

#define SIZE VSOCK_ADDR_TEXT_SIZE

static const struct {
	struct vsock_addr addr;
	const char *text, *rule, *file;
} forms[] = {
	{{0, 1024},
	 "hypervisor(0):1024",
	 "vsock:0:1024",
	 "vsock:hypervisor(0):1024"},
	{{1, 1024}, "local(1):1024", "vsock:1:1024", "vsock:local(1):1024"},
	{{2, 1024}, "host(2):1024", "vsock:2:1024", "vsock:host(2):1024"},
	{{3, 0}, "vm(3):0", "vsock:3:0", "vsock:vm(3):0"},
	{{10, 9}, "vm(10):9", "vsock:10:9", "vsock:vm(10):9"},
	{{UINT32_MAX - 1, UINT32_MAX},
	 "vm(4294967294):4294967295",
	 "vsock:4294967294:4294967295",
	 "vsock:vm(4294967294):4294967295"},
	{{VSOCK_CID_ANY, 70000},
	 "vm(4294967295):70000",
	 "vsock:any:70000",
	 "vsock:vm(4294967295):70000"},
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

typedef int writer(const struct vsock_addr *addr, char *buf, size_t size);

static void expect_form(writer *write_form, const struct vsock_addr *addr,
			const char *want)
{
	char buf[SIZE];
	int len = write_form(addr, buf, sizeof(buf));

	cr_expect(eq(str, buf, (char *)want));
	cr_expect(eq(int, len, (int)strlen(want)));
}

Test(vsock, writes_every_form)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		expect_form(vsock_addr_text, &forms[i].addr, forms[i].text);
		expect_form(vsock_addr_rule_text, &forms[i].addr,
			    forms[i].rule);
		expect_form(vsock_addr_file_name, &forms[i].addr,
			    forms[i].file);
	}
}

static void expect_parsed(const char *text, struct vsock_addr want)
{
	struct vsock_addr got = {0};

	errno = 0;
	cr_expect(eq(int, vsock_addr_parse(text, &got), 0), "%s", text);
	cr_expect(eq(u32, got.cid, want.cid), "%s", text);
	cr_expect(eq(u32, got.port, want.port), "%s", text);
	cr_expect(eq(int, errno, 0), "%s", text);
}

Test(vsock, reads_what_it_writes)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		expect_parsed(forms[i].text, forms[i].addr);
		expect_parsed(forms[i].rule, forms[i].addr);
		expect_parsed(forms[i].file, forms[i].addr);
	}
}

Test(vsock, reads_other_spellings)
{
	expect_parsed("vsock://2:1024", (struct vsock_addr){2, 1024});
	expect_parsed("vsock://host:1024", (struct vsock_addr){2, 1024});
	expect_parsed("vsock:host:1024", (struct vsock_addr){2, 1024});
	expect_parsed("vsock:local:0", (struct vsock_addr){1, 0});
	expect_parsed("vsock:hypervisor:1", (struct vsock_addr){0, 1});
	expect_parsed("vsock:any:1", (struct vsock_addr){VSOCK_CID_ANY, 1});
	expect_parsed("vsock::1", (struct vsock_addr){VSOCK_CID_ANY, 1});
	expect_parsed("vsock://:1", (struct vsock_addr){VSOCK_CID_ANY, 1});
}

static void expect_error(const char *text, int want)
{
	struct vsock_addr got = {5, 6};

	errno = 0;
	cr_expect(eq(int, vsock_addr_parse(text, &got), -1), "%s", text);
	cr_expect(eq(int, errno, want), "%s", text);
	cr_expect(got.cid == 5 && got.port == 6, "%s", text);
}

Test(vsock, refuses_what_is_no_address)
{
	static const char *const texts[] = {
		"",
		"vsock",
		"vsock:",
		"vsock:2",
		"vsock:2:",
		"vsock:2:1024 ",
		" vsock:2:1024",
		"vsock:2:1024x",
		"vsock:2:*",
		"vsock:2:1-2",
		"vsock:-1:1024",
		"vsock:+2:1024",
		"vsock:02:1024",
		"vsock:2:01024",
		"vsock:0x2:1024",
		"vsock:hosts:1024",
		"vsock:HOST:1024",
		"vsock:vm:1024",
		"vsock:/2:1024",
		"vsock:///2:1024",
		"vsock://host(2):1024",
		"hvsock:2:1024",
		"2:1024",
		"host:1024",
		"host(2)",
		"host(2)1024",
		"host(2:1024",
		"host():1024",
		"host2):1024",
		"(2):1024",
		"any(4294967295):1024",
		"host(3):1024",
		"vm(2):1024",
		"hos(2):1024",
		"hostess(2):1024",
		"host(2):1024\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_error(texts[i], EINVAL);
}

Test(vsock, refuses_wide_numbers)
{
	expect_error("vsock:4294967296:1", ERANGE);
	expect_error("vsock:1:4294967296", ERANGE);
	expect_error("vm(18446744073709551617):1", ERANGE);
	expect_error("vm(3):99999999999999999999999999999999", ERANGE);
}

/* Cut off after any number of bytes, always with a NUL, never beyond it. */
Test(vsock, cuts_off_text)
{
	const struct vsock_addr addr = {2, 1024};
	const char *whole = "host(2):1024";

	for (size_t size = 1; size <= strlen(whole) + 1; size++) {
		char buf[SIZE];

		memset(buf, 'x', sizeof(buf));
		cr_expect(eq(int, vsock_addr_text(&addr, buf, size), 12));
		cr_expect(eq(sz, strlen(buf), size - 1));
		cr_expect(eq(int, strncmp(buf, whole, size - 1), 0));
		cr_expect(eq(chr, buf[size], 'x'));
	}
	cr_expect(eq(int, vsock_addr_text(&addr, NULL, 0), 12));
}

/* The longest of each form just fits. */
Test(vsock, size_constant_holds_the_longest)
{
	struct vsock_addr addr = {UINT32_MAX, UINT32_MAX};

	cr_expect(eq(int, vsock_addr_file_name(&addr, NULL, 0), SIZE - 1));
	addr.cid = 0;
	cr_expect(lt(int, vsock_addr_file_name(&addr, NULL, 0), SIZE));
}

static void need(int fd)
{
	if (fd < 0)
		cr_skip("no AF_VSOCK here (errno %d)", errno);
}

/* bind() and listen() send nothing: any machine will do. */
Test(vsock, listens_on_a_port_of_the_kernel)
{
	int fd = vsock_listen_cid(VSOCK_CID_ANY, 0);
	struct vsock_addr addr, none;

	need(fd);
	cr_assert(eq(int, vsock_local_addr(fd, &addr), 0));
	cr_expect(eq(u32, addr.cid, VSOCK_CID_ANY));
	cr_expect(addr.port >= 1024 && addr.port != VSOCK_PORT_ANY);
	cr_expect(eq(int, vsock_listen_cid(VSOCK_CID_ANY, addr.port), -1));
	cr_expect(eq(int, errno, EADDRINUSE));
	cr_expect(eq(int, vsock_remote_addr(fd, &none), -1));
	cr_expect(eq(int, errno, ENOTCONN));
	cr_expect(eq(int, vsock_close(fd), 0));
}

Test(vsock, refuses_arguments)
{
	struct vsock_addr addr;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_expect(eq(int, vsock_dial(VSOCK_CID_LOCAL, 1024, -1), -1));
	cr_expect(eq(int, errno, EINVAL));
	cr_expect(eq(int, vsock_accept(fd, NULL, SOCK_CLOEXEC), -1));
	cr_expect(eq(int, errno, EINVAL));
	cr_expect(eq(int, vsock_local_addr(fd, &addr), -1));
	cr_expect(eq(int, errno, EAFNOSUPPORT));
	cr_expect(eq(int, vsock_close(fd), 0));
	cr_expect(eq(int, vsock_close(fd), -1));
	cr_expect(eq(int, errno, EBADF));
}
