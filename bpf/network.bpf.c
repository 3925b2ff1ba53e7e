// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections, datagrams and ports to be reached at, refused before a packet leaves. Attached at the
 * cgroup2 root and decided by the caller's label: a cgroup hook follows the
 * cgroup in which the socket was made, so a socket from before the run would
 * pass a hook of the run's own cgroup.
 *
 * connect4/6 also see Fast Open and MPTCP, which fire no connect syscall.
 */
#include "lead.h"
#include "privilege.h"
#include "sockaddr.h"

static __always_inline void event_ip4(struct bpf_sock_addr *context, struct socket_event *event)
{
	__u32 address = context->user_ip4;

	event->family = AF_INET;
	event->protocol = context->protocol == IPPROTO_MPTCP ? IPPROTO_TCP : context->protocol;
	event->port = bpf_ntohs(context->user_port);
	__builtin_memcpy(event->address, &address, sizeof(address));
}

/* ::ffff:a.b.c.d leaves as IPv4, so the IPv4 rules judge it. */
static __always_inline void event_ip6(struct bpf_sock_addr *context, struct socket_event *event)
{
	__u32 address[4] = { context->user_ip6[0], context->user_ip6[1], context->user_ip6[2], context->user_ip6[3] };
	int mapped = !address[0] && !address[1] && address[2] == bpf_htonl(0xffff);

	event->family = mapped ? AF_INET : AF_INET6;
	event->protocol = context->protocol == IPPROTO_MPTCP ? IPPROTO_TCP : context->protocol;
	event->port = bpf_ntohs(context->user_port);
	if (mapped)
		__builtin_memcpy(event->address, &address[3], sizeof(address[3]));
	else
		__builtin_memcpy(event->address, address, sizeof(address));
}

/* Whether nothing is to be changed for a run, for its policy prevents nothing. */
static __noinline int run_is_only_watched(__u32 run)
{
	struct label label = { .run = run };
	const struct policy *policy;
	__u32 number, run_flags;
	__u8 reason;

	policy = policy_watched(&label, &number, &run_flags, &reason);
	return policy && only_monitors(policy);
}

/*
 * No address at all, 0.0.0.0 or ::, is judged as loopback, and is made that here: the kernel takes it for the address that the
 * socket has, by bind(2), IP_PKTINFO or the device that it is bound to. So an address of the host's own was reached, and be it
 * denied, where loopback is allowed. Where nothing is prevented it stays as it was passed.
 */
static __always_inline void make_loopback4(struct bpf_sock_addr *context, const struct label *label)
{
	if (!context->user_ip4 && !run_is_only_watched(label->run))
		context->user_ip4 = LOOPBACK4;
}

/* A mapped one stays so. */
static __always_inline void make_loopback6(struct bpf_sock_addr *context, const struct label *label)
{
	__u32 third = context->user_ip6[2];

	if (context->user_ip6[0] || context->user_ip6[1] || context->user_ip6[3])
		return;
	if ((third && third != bpf_htonl(0xffff)) || run_is_only_watched(label->run))
		return;
	context->user_ip6[3] = third ? LOOPBACK4 : bpf_htonl(1);
}

/* DNS goes to the runtime's resolver instead; the rest is judged by its address. */
static __always_inline int lead_or_judge_ip4(struct bpf_sock_addr *context, enum event_kind kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct socket_event event;
	int port = NOT_LED;
	int budgeted;

	if (!label)			/* not under an agent: cost ends here */
		return 1;
	budgeted = socket_mark(context->sk, label);
	if (kind == EVENT_SEND && context->user_ip4 == LOOPBACK4 && is_led(context))
		return 1;
	__builtin_memset(&event, 0, sizeof(event));
	address_begin(&event, task, label, kind, CATEGORY_CONNECT);
	event_ip4(context, &event);
	if (event.port == PORT_DNS)
		port = lead(context, label, &event);
	if (port == NOT_LED) {
		if (!address_judge(&event, label, budgeted))
			return 0;
		make_loopback4(context, label);
		return 1;
	}
	if (!port)
		return 0;
	context->user_ip4 = LOOPBACK4;
	context->user_port = bpf_htons(port);
	return 1;
}

/* A mapped address stays one: the socket may be bound for it. */
static __always_inline int lead_or_judge_ip6(struct bpf_sock_addr *context, enum event_kind kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct socket_event event;
	int port = NOT_LED;
	int budgeted, mapped;

	if (!label)
		return 1;
	budgeted = socket_mark(context->sk, label);
	__builtin_memset(&event, 0, sizeof(event));
	address_begin(&event, task, label, kind, CATEGORY_CONNECT);
	event_ip6(context, &event);
	if (event.port == PORT_DNS)
		port = lead(context, label, &event);
	if (port == NOT_LED) {
		if (!address_judge(&event, label, budgeted))
			return 0;
		make_loopback6(context, label);
		return 1;
	}
	if (!port)
		return 0;
	mapped = event.family == AF_INET;	/* asked anew: kept from above it is too much of the stack for 6.1 */
	context->user_ip6[0] = 0;
	context->user_ip6[1] = 0;
	context->user_ip6[2] = mapped ? bpf_htonl(0xffff) : 0;
	context->user_ip6[3] = mapped ? LOOPBACK4 : bpf_htonl(1);
	context->user_port = bpf_htons(port);
	return 1;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *context)
{
	return lead_or_judge_ip4(context, EVENT_CONNECT);
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *context)
{
	return lead_or_judge_ip6(context, EVENT_CONNECT);
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *context)
{
	return lead_or_judge_ip4(context, EVENT_SEND);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *context)
{
	return lead_or_judge_ip6(context, EVENT_SEND);
}

/*
 * A UDP socket without a port of its own choosing is what any client has after
 * its first send: not a listener.
 */
static __always_inline int is_client_bind(struct bpf_sock_addr *context)
{
	return !context->user_port && context->protocol == IPPROTO_UDP;
}

SEC("cgroup/bind4")
int on_bind4(struct bpf_sock_addr *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct socket_event event = {};

	if (!label || is_client_bind(context))
		return 1;
	address_begin(&event, task, label, EVENT_BIND, CATEGORY_LISTEN);
	event_ip4(context, &event);
	return address_judge_and_emit(&event, label, 0);
}

SEC("cgroup/bind6")
int on_bind6(struct bpf_sock_addr *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct socket_event event = {};

	if (!label || is_client_bind(context))
		return 1;
	address_begin(&event, task, label, EVENT_BIND, CATEGORY_LISTEN);
	event_ip6(context, &event);
	return address_judge_and_emit(&event, label, 0);
}

/*
 * Only the sockets whose every connection and datagram the hooks above see: raw ones pass them by, and so do
 * datagrams of ICMP ("ping sockets", which any user can make on many hosts), SCTP, DCCP and L2TP. A governed
 * process may not make one unless its policy grants it.
 */
SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock *context)
{
	struct label *label = label_of(bpf_get_current_task_btf());

	if (!label)
		return 1;
	socket_mark(context, label);
	switch (context->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_MPTCP:
		if (context->type != SOCK_RAW)
			return 1;
	}
	return privilege_granted(PRIVILEGE_RAW_SOCKET, context->protocol, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
