/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects by which processes talk past files, and which run made each.
 *
 * They have no place in the file system that a rule could name, so whoever made
 * one is noted. An entry that cannot be noted refuses the making. An object
 * that a process made before it was adopted is not its run's.
 */
#ifndef WARDER_IPC_H
#define WARDER_IPC_H

#include "privilege.h"

/* include/uapi/linux/magic.h */
#define MQUEUE_MAGIC	0x19800202

static __always_inline void ipc_forget(const void *object)
{
	__u64 key = (__u64)object;

	bpf_map_delete_elem(&ipc_owners, &key);
}

/* Made just now, at an address where another may have been before. */
static __always_inline int ipc_made(const void *object)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	__u64 key = (__u64)object;
	__u32 run;

	if (!label) {
		ipc_forget(object);
		return 0;
	}
	run = label->run;
	return bpf_map_update_elem(&ipc_owners, &key, &run, BPF_ANY) ? -EPERM : 0;
}

static __always_inline int ipc_reached(const void *object)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	__u64 key = (__u64)object;
	__u32 *owner;

	if (!label)
		return 0;
	owner = bpf_map_lookup_elem(&ipc_owners, &key);
	if (owner && *owner == label->run)
		return 0;
	return privilege_granted(PRIVILEGE_HOST, HOST_IPC, 0) ? 0 : -EPERM;
}

static __always_inline int is_queue(const struct inode *inode)
{
	return BPF_CORE_READ(inode, i_sb, s_magic) == MQUEUE_MAGIC;
}

#endif
