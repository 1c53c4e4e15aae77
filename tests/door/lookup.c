/* SPDX-License-Identifier: MIT */
/* What getaddrinfo() says of each NAME, for IPv4 and for IPv6; linked statically. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static void look_up(const char *name, int family)
{
	struct addrinfo hints = {.ai_family = family,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char text[INET6_ADDRSTRLEN];
	int r = getaddrinfo(name, NULL, &hints, &found);

	if (r) {
		printf("%s %s\n", name,
		       r == EAI_AGAIN ? "again" : gai_strerror(r));
		return;
	}
	inet_ntop(found->ai_family,
		  found->ai_family == AF_INET
			  ? (void *)&((struct sockaddr_in *)found->ai_addr)
				    ->sin_addr
			  : (void *)&((struct sockaddr_in6 *)found->ai_addr)
				    ->sin6_addr,
		  text, sizeof(text));
	printf("%s %s\n", name, text);
	freeaddrinfo(found);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		look_up(argv[i], AF_INET);
		look_up(argv[i], AF_INET6);
	}
	return 0;
}
