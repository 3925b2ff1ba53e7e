// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The runtime notes the content of a file: a program that it runs itself
 * (BPF_PROG_TEST_RUN), for only the kernel knows the file below an overlay, who
 * writes it, and which open file holds the lease.
 *
 * Twice for each file: first (`write` 0) it is told what is there, with the lease
 * taken; then it reads the descriptor to its end, and comes back with the digest
 * and what it was told. Anything that differs by then refuses.
 */
#include "content.h"
#include "descriptor.h"

SEC("syscall")
int content_note(struct content_request *request)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = file_of(task, request->descriptor);
	struct content_key key = {};
	struct content now = {};

	if (!file || !content_look(file, &key, &now))
		return CONTENT_NO_FILE;
	if (has_writers(file))
		return CONTENT_WRITERS;
	now.holder = (__u64)file;
	now.holder_tgid = task->tgid;
	if (!lease_held(inode_of_name(file), &now))
		return CONTENT_NO_LEASE;
	if (!request->write) {
		request->key = key;
		request->content = now;
		return CONTENT_NOTED;
	}
	if (request->key.inode != key.inode || request->key.device != key.device ||
	    request->key.generation != key.generation || request->content.ctime_ns != now.ctime_ns ||
	    request->content.size_bytes != now.size_bytes || request->content.holder != now.holder)
		return CONTENT_CHANGED;
	__builtin_memcpy(now.digest, request->content.digest, DIGEST_BYTES);
	return bpf_map_update_elem(&contents, &key, &now, BPF_ANY) ? CONTENT_FULL : CONTENT_NOTED;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
