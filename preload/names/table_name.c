/* SPDX-License-Identifier: MIT */
/* The names of the table, and the numbers that stand for them. */
#include <arpa/inet.h>
#include <string.h>

#include "preload/names/table_name.h"
#include "redirect/state/table.h"

static void write_number(struct table_number *number)
{
	inet_ntop(number->addr.family, &number->addr.ip, number->text,
		  sizeof(number->text));
}

bool table_name_number(const char *name, int family,
		       struct table_number *number)
{
	const struct map_table *table = table_get();

	if (family == AF_UNSPEC)
		family = AF_INET;
	if (!table || !name || (family != AF_INET && family != AF_INET6) ||
	    !map_name_address(table, name, family, &number->addr))
		return false;
	write_number(number);
	return true;
}

void table_name_canonical(const char *asked, const struct table_number *number,
			  char canon[NI_MAXHOST])
{
	const char *name = map_address_name(table_get(), &number->addr);
	size_t len;

	if (!name && map_is_localhost(asked))
		name = "localhost";
	if (!name || name[0] == '*')
		name = asked;
	len = strnlen(name, NI_MAXHOST - 1);
	memcpy(canon, name, len);
	if (len && canon[len - 1] == '.')
		len--;
	canon[len] = '\0';
}

bool table_name_localhost(const char *name, int family,
			  struct table_number *number)
{
	const struct map_table *table = table_get();

	if (!table || !name || !map_has_localhost(table) ||
	    !map_is_localhost(name))
		return false;
	number->addr = (struct map_addr){.family = family};
	if (family == AF_INET6)
		number->addr.ip.v6 = in6addr_loopback;
	else if (family == AF_INET)
		number->addr.ip.v4.s_addr = htonl(INADDR_LOOPBACK);
	else
		return false;
	write_number(number);
	return true;
}

bool table_name_of(const struct map_addr *addr, const char **name)
{
	const struct map_table *table = table_get();

	*name = table ? map_address_name(table, addr) : NULL;
	if (!*name)
		return false;
	if ((*name)[0] == '*')
		*name = NULL;
	return true;
}
