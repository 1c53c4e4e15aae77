/* SPDX-License-Identifier: MIT */
/* Questions and answers of the domain name system: see dns.h. */
#include <resolv.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "supervise/dns.h"

/* The table stays the same for as long as the program runs. */
#define SECONDS_TO_KEEP 60

/* Bits of the third and the fourth byte of a message. */
enum {
	BIT_ANSWER = 0x80,
	BITS_OPCODE = 0x78,
	BIT_AUTHORITY = 0x04,
	BIT_CUT = 0x02,
	BIT_RECURSION = 0x80,
};

static int family_of_type(ns_type type)
{
	switch (type) {
	case ns_t_a:
		return AF_INET;
	case ns_t_aaaa:
		return AF_INET6;
	default:
		return 0;
	}
}

bool dns_read(const unsigned char *message, size_t size,
	      struct dns_question *question)
{
	ns_msg all;
	ns_rr asked;
	int length;

	if (size < NS_HFIXEDSZ || size > DNS_MESSAGE_MAX ||
	    (message[2] & (BIT_ANSWER | BITS_OPCODE)) ||
	    ns_initparse(message, (int)size, &all) < 0 ||
	    ns_msg_count(all, ns_s_qd) != 1 ||
	    ns_parserr(&all, ns_s_qd, 0, &asked) < 0 ||
	    ns_rr_class(asked) != ns_c_in)
		return false;
	length = dn_skipname(message + NS_HFIXEDSZ, message + size);
	if (length < 0)
		return false;
	memcpy(question->name, ns_rr_name(asked), sizeof(question->name));
	question->family = family_of_type(ns_rr_type(asked));
	question->end = NS_HFIXEDSZ + (size_t)length + NS_QFIXEDSZ;
	return true;
}

/* The question stays; what stood behind it is gone. */
static void begin_answer(unsigned char *message, int code, int answers)
{
	unsigned char *counts = message + 4;

	message[2] |= BIT_ANSWER;
	message[2] &= (unsigned char)~(BIT_AUTHORITY | BIT_CUT);
	message[3] = (unsigned char)(BIT_RECURSION | code);
	ns_put16(1, counts);
	ns_put16((unsigned)answers, counts + 2);
	ns_put16(0, counts + 4);
	ns_put16(0, counts + 6);
}

static size_t write_address(unsigned char *at, const struct map_addr *addr)
{
	size_t size = addr->family == AF_INET ? NS_INADDRSZ : NS_IN6ADDRSZ;
	unsigned char *p = at;

	ns_put16(NS_CMPRSFLGS << 8 | NS_HFIXEDSZ, p); /* the question's name */
	ns_put16(addr->family == AF_INET ? ns_t_a : ns_t_aaaa, p + 2);
	ns_put16(ns_c_in, p + 4);
	ns_put32(SECONDS_TO_KEEP, p + 6);
	ns_put16((unsigned)size, p + 10);
	memcpy(p + 12, &addr->ip, size);
	return 12 + size;
}

size_t dns_answer(unsigned char *message, const struct dns_question *question,
		  const struct map_addr *addr)
{
	begin_answer(message, ns_r_noerror, addr ? 1 : 0);
	if (!addr)
		return question->end;
	return question->end + write_address(message + question->end, addr);
}

size_t dns_fail(unsigned char *message, const struct dns_question *question)
{
	begin_answer(message, ns_r_servfail, 0);
	return question->end;
}
