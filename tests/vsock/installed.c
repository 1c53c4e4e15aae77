/* SPDX-License-Identifier: MIT */
/* A program of somebody else. */
#include <stdio.h>
#include <vsock.h>

int main(void)
{
	struct vsock_addr addr = {VSOCK_CID_HOST, 1024};
	char text[VSOCK_ADDR_TEXT_SIZE];

	vsock_addr_text(&addr, text, sizeof(text));
	return puts(text) < 0;
}
