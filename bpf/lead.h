/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Egress by name: DNS of governed processes is led to the runtime's resolver, whatever server they aim at.
 *
 * The resolver learns who asks from the socket's storage, which is written here by the label of who connects or
 * sends; nothing in a packet says it.
 */
#ifndef WARDER_LEAD_H
#define WARDER_LEAD_H

#include "emit.h"
#include "names.h"
#include "port.h"
#include "task.h"

#define LOOPBACK4	bpf_htonl(0x7f000001)
/* Not this hook's business: to be judged as any other address. */
#define NOT_LED		(-1)
/* Without a sign of life for longer than this, a policy that only monitors leaves DNS as it is. */
#define RESOLVER_ALIVE_NS	3000000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct resolver);
} resolvers __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct asked);
} asked_servers __weak SEC(".maps");

static __always_inline int only_monitors(const struct policy *policy)
{
	return policy->all && !(policy->all & (__u16)~policy->monitor);
}

static __always_inline int resolver_is_silent(void)
{
	const struct control *control = control_read();

	return control && control->silence_ns && bpf_ktime_get_ns() > control->beat_ns + RESOLVER_ALIVE_NS;
}

static __always_inline __u16 resolver_port(const struct resolver *resolver, int family, __u32 protocol)
{
	if (protocol == IPPROTO_UDP)
		return family == AF_INET ? resolver->udp4 : resolver->udp6;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP)
		return family == AF_INET ? resolver->tcp4 : resolver->tcp6;
	return 0;
}

/*
 * Where a connection or datagram to port 53 goes instead: the resolver's port, host byte order. 0 refuses, and has
 * been told; NOT_LED is to be judged as it is. The event's head is filled.
 */
static __always_inline int lead(struct bpf_sock_addr *context, const struct label *label, struct socket_event *event)
{
	const struct policy *policy;
	struct resolver *resolver;
	struct asked *asked;
	__u32 number, run_flags;
	__u64 network;
	__u16 port = 0;
	__u8 reason;

	policy = policy_watched_at(label, event->head.time_ns, &number, &run_flags, &reason);
	if (!policy || !(policy->flags & POLICY_NAMES))
		return NOT_LED;
	network = bpf_get_netns_cookie(context);
	resolver = bpf_map_lookup_elem(&resolvers, &network);
	if (resolver)
		port = resolver_port(resolver, event->family, event->protocol);
	if (only_monitors(policy) && (!port || resolver_is_silent()))
		return NOT_LED;
	asked = port ? bpf_sk_storage_get(&asked_servers, context->sk, 0, BPF_SK_STORAGE_GET_F_CREATE) : NULL;
	if (!asked) {
		event->head.policy = number;
		decide_refused(&event->head.decision, REASON_RESOLVER);
		event->head.outcome = OUTCOME_PREVENTED;
		emit(event, sizeof(*event));
		return 0;
	}
	asked->start_ns = event->head.start_ns;
	asked->run = label->run;
	asked->policy = number;
	asked->tgid = event->head.tgid;
	asked->tid = event->head.tid;
	asked->uid = event->head.uid;
	asked->resolver_port = port;
	asked->family = event->family;
	__builtin_memcpy(asked->address, event->address, sizeof(asked->address));
	__builtin_memcpy(asked->comm, event->head.comm, sizeof(asked->comm));
	return port;
}

/*
 * A datagram by a socket that was connected to a mapped address and led: the kernel names the resolver anew for each
 * (6.18, udpv6_sendmsg).
 */
static __always_inline int is_led(struct bpf_sock_addr *context)
{
	struct asked *asked = bpf_sk_storage_get(&asked_servers, context->sk, 0, 0);
	__u64 network = bpf_get_netns_cookie(context);
	struct resolver *resolver;

	if (!asked || context->user_port != bpf_htons(asked->resolver_port))
		return 0;
	resolver = bpf_map_lookup_elem(&resolvers, &network);
	return resolver && resolver->udp4 == asked->resolver_port;
}

#endif
