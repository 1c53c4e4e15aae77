/* SPDX-License-Identifier: MIT */
/*
 * vsock-proxy of the Nitro Enclaves CLI: LOCAL_PORT REMOTE_ADDR REMOTE_PORT on
 * the parent, which enclaves reach at CID 3 (AWS Nitro Enclaves, "Connect the
 * parent instance with an enclave").
 */
#include <err.h>
#include <errno.h>
#include <string.h>

#include "launcher/import.h"

/* Of those before the three words; each with the word that follows it. */
static int takes_a_word(const char *option)
{
	return strcmp(option, "--config") == 0 || strcmp(option, "-w") == 0 ||
	       strcmp(option, "--num_workers") == 0;
}

static int is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

int import_vsock_proxy(char **argv, FILE *to)
{
	const char *words[3];
	size_t n = 0;

	for (argv++; *argv; argv++) {
		if (**argv == '-') {
			if (takes_a_word(*argv) && argv[1])
				argv++;
			continue;
		}
		if (n == 3)
			break;
		words[n++] = *argv;
	}
	if (n != 3 || *argv || !is_number(words[0]) || !is_number(words[2])) {
		warnx("vsock-proxy: expected LOCAL_PORT REMOTE_ADDR "
		      "REMOTE_PORT");
		return -EINVAL;
	}
	fprintf(to,
		"# In the enclave, in place of a forwarder there. vsock-proxy "
		"stays as it is:\n# it is the parent that can reach %s.\n",
		words[1]);
	fprintf(to,
		strchr(words[1], ':') ? "connect [%s]:%s = vsock:3:%s\n"
				      : "connect %s:%s = vsock:3:%s\n",
		words[1], words[2], words[0]);
	return 0;
}
