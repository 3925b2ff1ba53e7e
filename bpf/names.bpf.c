// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The other half of leading DNS to the runtime's resolver: answers, and the names of peers, look as though the
 * server that was asked had spoken; and the resolver is told who asked.
 *
 * recvmsg4/6 are called for a datagram whose sender is asked for, getpeername4/6 after the kernel has filled in
 * the peer (5.8).
 */
#include "lead.h"

#define ETHERNET_BYTES	14

/* Who was asked through a socket that now shows the resolver's address; NULL where there is nothing to put back. */
static __always_inline struct asked *asked_through(struct bpf_sock_addr *context)
{
	struct asked *asked = bpf_sk_storage_get(&asked_servers, context->sk, 0, 0);

	return asked && context->user_port == bpf_htons(asked->resolver_port) ? asked : NULL;
}

static __always_inline int show_asked4(struct bpf_sock_addr *context)
{
	struct asked *asked = asked_through(context);
	__u32 address;

	if (!asked || asked->family != AF_INET || context->user_ip4 != LOOPBACK4)
		return 1;
	__builtin_memcpy(&address, asked->address, sizeof(address));
	context->user_ip4 = address;
	context->user_port = bpf_htons(PORT_DNS);
	return 1;
}

static __always_inline int show_asked6(struct bpf_sock_addr *context)
{
	struct asked *asked = asked_through(context);
	__u32 address[4];

	if (!asked || context->user_ip6[0] || context->user_ip6[1])
		return 1;
	__builtin_memcpy(address, asked->address, sizeof(address));
	if (asked->family == AF_INET) {
		if (context->user_ip6[2] != bpf_htonl(0xffff) || context->user_ip6[3] != LOOPBACK4)
			return 1;
		context->user_ip6[3] = address[0];
	} else {
		if (context->user_ip6[2] || context->user_ip6[3] != bpf_htonl(1))
			return 1;
		context->user_ip6[0] = address[0];
		context->user_ip6[1] = address[1];
		context->user_ip6[2] = address[2];
		context->user_ip6[3] = address[3];
	}
	context->user_port = bpf_htons(PORT_DNS);
	return 1;
}

SEC("cgroup/recvmsg4")
int on_recvmsg4(struct bpf_sock_addr *context)
{
	return show_asked4(context);
}

SEC("cgroup/recvmsg6")
int on_recvmsg6(struct bpf_sock_addr *context)
{
	return show_asked6(context);
}

SEC("cgroup/getpeername4")
int on_getpeername4(struct bpf_sock_addr *context)
{
	return show_asked4(context);
}

SEC("cgroup/getpeername6")
int on_getpeername6(struct bpf_sock_addr *context)
{
	return show_asked6(context);
}

/*
 * Who asks: the socket that an answer would go to, as the kernel finds it for one, and what its storage says. The
 * runtime runs this itself (BPF_PROG_TEST_RUN) on a packet whose body is a struct asker_request, in the network
 * namespace of the socket.
 */
SEC("tc")
int asker_of(struct __sk_buff *packet)
{
	void *data = (void *)(long)packet->data;
	void *end = (void *)(long)packet->data_end;
	struct asker_request *request = data + ETHERNET_BYTES;
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *socket;
	struct asked *asked, found = {};
	__u32 bytes, protocol;

	if ((void *)(request + 1) > end)
		return ASKER_NONE;
	protocol = request->protocol;
	if (request->family == AF_INET) {
		__builtin_memcpy(&tuple.ipv4.saddr, request->resolver, 4);
		__builtin_memcpy(&tuple.ipv4.daddr, request->local, 4);
		tuple.ipv4.sport = request->resolver_port;
		tuple.ipv4.dport = request->local_port;
		bytes = sizeof(tuple.ipv4);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, request->resolver, 16);
		__builtin_memcpy(tuple.ipv6.daddr, request->local, 16);
		tuple.ipv6.sport = request->resolver_port;
		tuple.ipv6.dport = request->local_port;
		bytes = sizeof(tuple.ipv6);
	}
	if (protocol == IPPROTO_TCP)
		socket = bytes == sizeof(tuple.ipv4) ?
			bpf_sk_lookup_tcp(packet, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0) :
			bpf_sk_lookup_tcp(packet, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	else
		socket = bytes == sizeof(tuple.ipv4) ?
			bpf_sk_lookup_udp(packet, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0) :
			bpf_sk_lookup_udp(packet, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return ASKER_NONE;
	asked = bpf_sk_storage_get(&asked_servers, socket, 0, 0);
	if (asked)
		found = *asked;
	bpf_sk_release(socket);
	if (!found.run)
		return ASKER_NONE;
	/* The calls above may have moved the packet, as far as the verifier knows. */
	data = (void *)(long)packet->data;
	end = (void *)(long)packet->data_end;
	request = data + ETHERNET_BYTES;
	if ((void *)(request + 1) > end)
		return ASKER_NONE;
	__builtin_memcpy(&request->asked, &found, sizeof(found));
	return ASKER_KNOWN;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
