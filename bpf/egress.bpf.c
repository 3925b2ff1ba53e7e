// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bytes that leave, counted and refused past the budget. Hook: cgroup_skb/egress at the cgroup2 root, attached only
 * while some run has such a budget, for it sees every packet of the host.
 *
 * A packet is often sent by another task than the socket's (softirq, a retransmission), so the socket says whose it is:
 * it bears the run that made it, connected it or last sent from it, and accepted ones inherit that. The kernel makes
 * some by itself (subflows of MPTCP): those are known by the run's cgroup.
 */
#include "charge.h"

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

/* 1 goes on; 0 drops it, and a send that waits for it fails with EPERM. */
SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *packet)
{
	__u32 run = run_of_packet(packet);

	return !run || !budget_take(run, RESOURCE_EGRESS, packet->len);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
