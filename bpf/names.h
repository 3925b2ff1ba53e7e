/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Host names in kernel maps: where the runtime's resolver listens, which addresses stand for names that a policy
 * has rules about, and who asked through a socket. Maps and programs are in lead.h, named.h and names.bpf.c; TypeScript's
 * offsets are generated from the BTF of this header (tools/generate-layout.ts).
 */
#ifndef WARDER_NAMES_H
#define WARDER_NAMES_H

#ifndef __BPF__
#include <linux/types.h>
#endif
#include "layout.h"
#include "policy.h"

#define PORT_DNS	53
/* Rules with different ports or effects that an address can have at once by different names. */
#define NAMED_RULES	4

/* resolvers: by the cookie of a network namespace. Ports on loopback there, host byte order; 0: none. */
struct resolver {
	__u16 udp4;
	__u16 tcp4;
	__u16 udp6;
	__u16 tcp6;
};

/* named_addresses: what a policy's rules by name say of an address that was given for such a name. */
struct named_key {
	__u32 policy;
	__u8 family;		/* AF_INET, AF_INET6 */
	__u8 protocol;		/* IPPROTO_TCP, IPPROTO_UDP */
	__u16 reserved;
	__u8 address[16];
};

struct named_rule {
	__u64 until_ns;		/* CLOCK_BOOTTIME; past it the rule is not there */
	struct port_set ports;
};

struct named_address {
	struct named_rule rules[NAMED_RULES];
};

/* asked_servers, in a socket's storage: who aimed it at which DNS server, before it was led to the resolver. */
struct asked {
	__u64 start_ns;		/* of the process */
	__u32 run;
	__u32 policy;
	__u32 tgid;
	__u32 tid;
	__u32 uid;
	__u16 resolver_port;	/* where it was led to, host byte order */
	__u8 family;		/* of the server's address: AF_INET, AF_INET6 */
	__u8 reserved;
	__u8 address[16];	/* IPv4: the first four */
	char comm[16];
};

/* The body of the packet that the program asker_of is run on. A connection as the process's socket sees it. */
struct asker_request {
	__u8 family;
	__u8 protocol;
	__u16 local_port;	/* network byte order, as the next */
	__u16 resolver_port;
	__u16 reserved;
	__u8 local[16];
	__u8 resolver[16];
	struct asked asked;	/* out */
};

/* What asker_of answers. */
enum asker_answer {
	ASKER_NONE,		/* no such socket, or one that was not led here */
	ASKER_KNOWN,
};

LAYOUT_SIZE(resolver, 8);
LAYOUT_SIZE(named_key, 24);
LAYOUT_SIZE(named_rule, 16);
LAYOUT_SIZE(named_address, 64);
LAYOUT_SIZE(asked, 64);
LAYOUT_SIZE(asker_request, 104);

#endif
