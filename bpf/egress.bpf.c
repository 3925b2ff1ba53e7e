// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bytes that leave, counted and refused past the budget. Hook: cgroup_skb/egress at the cgroup2 root, attached only
 * while some run has such a budget, for it sees every packet of the host.
 */
#include "charge.h"
#include "packet.h"

/* 1 goes on; 0 drops it, and a send that waits for it fails with EPERM. */
SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *packet)
{
	__u32 run = run_of_packet(packet);

	return !run || !budget_take(run, RESOURCE_EGRESS, packet->len);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
