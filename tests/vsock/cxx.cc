// SPDX-License-Identifier: MIT
// The header is C++ too, and the names link.
#include "vsock/vsock.h"

#include <cstring>

int main()
{
	vsock_addr addr = {VSOCK_CID_ANY, VSOCK_PORT_ANY};
	char text[VSOCK_ADDR_TEXT_SIZE];

	if (vsock_addr_parse("host(2):1024", &addr) < 0)
		return 1;
	vsock_addr_rule_text(&addr, text, sizeof(text));
	return std::strcmp(text, VSOCK_NETWORK ":2:1024") ||
	       vsock_dial(VSOCK_CID_LOCAL, 1024, -1) != -1;
}
