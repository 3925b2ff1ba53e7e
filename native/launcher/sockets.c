/* SPDX-License-Identifier: Apache-2.0 */
/* Families and kinds of sockets (socket(2)). See sockets.h. */
#include "sockets.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "maker.h"
#include "walls.h"

#define AF_OF_RAW	3	/* SOCK_RAW, without its flags */
#define TYPE_MASK	0xf
/* linux/netlink.h */
#define NETLINK_ROUTE_PROTOCOL	0

/* Families that a rule can name, and routing messages, which name look-ups need. */
static const int FAMILIES[] = { AF_INET, AF_INET6 };

/* Every family that is not allowed, as ranges between those that are: a filter has no "none of". */
static void refuse_families(struct maker *maker, const struct walls *walls)
{
	bool allowed[AF_MAX] = { false };
	unsigned int family;
	size_t i;

	for (i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++)
		allowed[FAMILIES[i]] = true;
	allowed[AF_NETLINK] = true;
	allowed[AF_UNIX] = walls->local_sockets;
	if (maker->privileges & LIFT_RAW_SOCKET)
		allowed[AF_PACKET] = true;
	for (family = 0; family < AF_MAX; family++) {
		struct scmp_arg_cmp equal = SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, family);

		/* Name look-ups try a unix socket before anything else. */
		if (family == AF_UNIX && !allowed[family])
			maker_refuse_quietly(maker, EACCES, SCMP_SYS(socket), 1, &equal);
		else if (!allowed[family])
			maker_refuse(maker, SCMP_SYS(socket), 1, &equal);
		/* TIPC has pairs too, and each of them sends to whoever is there; whatever is asked for has its module loaded. */
		if (family != AF_UNIX)
			maker_refuse_quietly(maker, EAFNOSUPPORT, SCMP_SYS(socketpair), 1, &equal);
	}
	{
		struct scmp_arg_cmp beyond = SCMP_A0(SCMP_CMP_GE, AF_MAX);

		maker_refuse(maker, SCMP_SYS(socket), 1, &beyond);
	}
}

static void refuse_raw_sockets(struct maker *maker)
{
	size_t i;

	for (i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++) {
		struct scmp_arg_cmp raw[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, (unsigned int)FAMILIES[i]),
					      SCMP_A1(SCMP_CMP_MASKED_EQ, TYPE_MASK, AF_OF_RAW) };

		if (!(maker->privileges & LIFT_RAW_SOCKET))
			maker_refuse(maker, SCMP_SYS(socket), 2, raw);
	}
	for (i = NETLINK_ROUTE_PROTOCOL + 1; i < 32; i++) {
		struct scmp_arg_cmp other[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, AF_NETLINK),
						SCMP_A2(SCMP_CMP_MASKED_EQ, 0xffffffff, i) };

		maker_refuse(maker, SCMP_SYS(socket), 2, other);
	}
}

void sockets_refuse(struct maker *maker, const struct walls *walls)
{
	refuse_families(maker, walls);
	refuse_raw_sockets(maker);
	/* A port that nobody bound the kernel picks, and no rule is asked. Where there are unix sockets it goes on: notify.c. */
	if (!walls->local_sockets)
		maker_refuse(maker, SCMP_SYS(listen), 0, NULL);
}
