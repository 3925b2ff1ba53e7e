// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets that go where the hooks at connect and send were not told of. Hook: cgroup_skb/egress at the cgroup2 root.
 *
 * - A socket, or one datagram, may carry a way of its own: a routing header (RFC 8754; IPV6_RTHDR, which anybody may set) or
 *   a source route (RFC 791; IP_OPTIONS and IP_RETOPTS, with CAP_NET_RAW). Its packets leave for the first stop of that way,
 *   while the hooks are told the last: an allowed address, or a DNS server, which is led to loopback.
 * - A socket that is bound to a device, or a datagram that names one (SO_BINDTODEVICE, IP_PKTINFO, IP_UNICAST_IF), leaves by
 *   it, and be it for loopback.
 * - A datagram socket may be connected to port 0, as getaddrinfo(3) does to sort addresses, and then be sent through.
 *
 * All of that takes `raw-socket`. It sees every packet of the host: what is ordinary goes on by its first bytes. A packet is
 * made by the task that sends it but for TCP, where the socket's cgroup says whose it is.
 */
#include "packet.h"
#include "port.h"
#include "privilege.h"

#define ETH_P_IP	bpf_htons(0x0800)
#define ETH_P_IPV6	bpf_htons(0x86dd)
#define LOOPBACK_INDEX	1	/* of every network namespace */
#define IPV4_BYTES	20
#define IPV4_WORDS	5
#define OPTIONS_BYTES	40
#define OPTION_END	0
#define OPTION_NOTHING	1
/* Loose and strict source route. */
#define OPTION_LSRR	131
#define OPTION_SSRR	137
#define IPV6_BYTES	40
#define IPPROTO_HOPOPTS	0
#define IPPROTO_ROUTING	43
#define IPPROTO_DSTOPTS	60
#define ORDINARY	(-1)
/* Headers in front of the transport's that are gone through: the kernel makes no more of them. */
#define HEADERS_MOST	4

/* With the ports behind them, where there are no other headers between. */
struct header4 {
	__u8 bytes[IPV4_BYTES];
	__u16 ports[2];
};

struct header6 {
	__u8 bytes[IPV6_BYTES];
	__u16 ports[2];
};

struct option_walk {
	__u8 options[OPTIONS_BYTES];
	__u32 at;
	__u32 end;
	__u32 routed;
};

static long option_step(__u32 step, void *context)
{
	struct option_walk *walk = context;
	__u8 kind, length;

	if (walk->at >= walk->end || walk->at >= OPTIONS_BYTES - 1)
		return 1;
	kind = walk->options[walk->at];
	length = walk->options[walk->at + 1];
	if (kind == OPTION_LSRR || kind == OPTION_SSRR)
		walk->routed = 1;
	if (walk->routed || kind == OPTION_END)
		return 1;
	walk->at += kind == OPTION_NOTHING || !length ? 1 : length;
	return 0;
}

static __noinline int has_source_route(struct __sk_buff *packet, __u32 words)
{
	struct option_walk walk = {};
	__u32 bytes = (words - IPV4_WORDS) * 4;

	/* Word by word: kernels before 6.12 take no length that is not known. */
	for (__u32 at = 0; at < OPTIONS_BYTES && at < bytes; at += 4) {
		if (bpf_skb_load_bytes(packet, IPV4_BYTES + at, walk.options + at, 4))
			return 1;
	}
	walk.end = bytes;
	bpf_loop(OPTIONS_BYTES, option_step, &walk, 0);
	return walk.routed;
}

static __always_inline int is_to_port_0(struct __sk_buff *packet, __u32 at)
{
	__u16 port = 1;

	return !bpf_skb_load_bytes(packet, at + 2, &port, sizeof(port)) && !port;
}

/* The protocol that says what is wrong with it, or ORDINARY. */
static __always_inline int strange4(struct __sk_buff *packet, const struct header4 *header)
{
	const __u8 *start = header->bytes;
	__u32 words = start[0] & 15;

	if (start[16] == 127 && packet->ifindex != LOOPBACK_INDEX)
		return start[9];
	if (words == IPV4_WORDS)
		return start[9] == IPPROTO_UDP && !header->ports[1] ? IPPROTO_UDP : ORDINARY;
	if (has_source_route(packet, words))
		return IPPROTO_ROUTING;
	return start[9] == IPPROTO_UDP && is_to_port_0(packet, words * 4) ? IPPROTO_UDP : ORDINARY;
}

static __always_inline int is_loopback6(const __u8 *address)
{
	const __u32 *words = (const __u32 *)address;

	return !words[0] && !words[1] && !words[2] && words[3] == bpf_htonl(1);
}

static __noinline int strange_behind6(struct __sk_buff *packet, __u32 next)
{
	__u32 at = IPV6_BYTES;
	__u8 header[2];

	for (int n = 0; n < HEADERS_MOST; n++) {
		if (next == IPPROTO_ROUTING)
			return IPPROTO_ROUTING;
		if (next == IPPROTO_UDP && is_to_port_0(packet, at))
			return IPPROTO_UDP;
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS)
			return ORDINARY;
		if (bpf_skb_load_bytes(packet, at, header, sizeof(header)))
			return ORDINARY;
		next = header[0];
		at += (header[1] + 1) * 8;
	}
	return ORDINARY;
}

static __always_inline int strange6(struct __sk_buff *packet, const struct header6 *header)
{
	__u8 next = header->bytes[6];

	if (is_loopback6(header->bytes + 24) && packet->ifindex != LOOPBACK_INDEX)
		return next;
	if (next == IPPROTO_UDP)
		return header->ports[1] ? ORDINARY : IPPROTO_UDP;
	return next == IPPROTO_TCP ? ORDINARY : strange_behind6(packet, next);
}

/* Of a run that is not the caller's: nobody acts that could be told of. */
static __noinline int run_has_raw_sockets(__u32 run)
{
	struct label label = { .run = run };
	struct decision decision = {};
	const struct policy *policy;
	__u32 number, run_flags;
	__u8 reason;

	policy = policy_watched(&label, &number, &run_flags, &reason);
	if (!policy)
		return 0;
	decide_privilege(&decision, policy, PRIVILEGE_RAW_SOCKET);
	return decision.verdict == VERDICT_ALLOW;
}

/* 1 goes on; 0 drops it, and a send that waits for it fails with EPERM. */
SEC("cgroup_skb/egress")
int on_route(struct __sk_buff *packet)
{
	void *data = (void *)(long)packet->data;
	void *end = (void *)(long)packet->data_end;
	struct header4 *four = data;
	struct header6 *six = data;
	int detail = ORDINARY;
	__u32 run;

	if (packet->protocol == ETH_P_IP && (void *)(four + 1) <= end)
		detail = strange4(packet, four);
	else if (packet->protocol == ETH_P_IPV6 && (void *)(six + 1) <= end)
		detail = strange6(packet, six);
	if (detail == ORDINARY)
		return 1;
	if (label_of(bpf_get_current_task_btf()))
		return privilege_granted(PRIVILEGE_RAW_SOCKET, detail, 0) ? 1 : 0;
	run = run_of_packet(packet);
	return !run || run_has_raw_sockets(run) ? 1 : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
