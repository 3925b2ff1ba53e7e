/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose packet it is that leaves. It is often sent by another task than the socket's (softirq, a retransmission), so the
 * socket says it: where bytes are counted it bears the run that made it, connected it or last sent from it, and accepted
 * ones inherit that. The kernel makes some by itself (subflows of MPTCP): those are known by the run's cgroup.
 */
#ifndef WARDER_PACKET_H
#define WARDER_PACKET_H

#include "maps.h"

/* A run's number, or 0. */
static __always_inline __u32 run_of_packet(struct __sk_buff *packet)
{
	struct bpf_sock *sock = packet->sk;
	__u64 cgroup;
	__u32 *run;

	if (!sock)
		return 0;
	sock = bpf_sk_fullsock(sock);
	if (sock) {
		run = bpf_sk_storage_get(&socket_runs, sock, NULL, 0);
		if (run)
			return *run;
	}
	cgroup = bpf_skb_cgroup_id(packet);
	run = bpf_map_lookup_elem(&run_cgroups, &cgroup);
	return run ? *run : 0;
}

#endif
