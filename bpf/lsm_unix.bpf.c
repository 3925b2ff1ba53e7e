// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unix sockets, where the kernel runs BPF LSM programs: judged by the file
 * that the socket on the other side is bound to, as the kernel resolved it.
 * A socket without a name (socketpair) is only ever reached by who was given it.
 * Also listen(2), of these and of others.
 */
#include "lsm.h"
#include "sockaddr.h"

#define AF_UNIX	1

#define UNIX_PATH_BYTES	108	/* sizeof(sun_path) */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sockaddr_un {
	char sun_path[UNIX_PATH_BYTES];
};

struct unix_address {
	int len;		/* of the address, its family included */
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct path path;
};

struct sock_common {
	unsigned short skc_family;
	__u16 skc_num;		/* own port, host byte order */
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	struct sock *sk;
};

#pragma clang attribute pop

/* "@name" in walk, so that one trie and one grammar serve both spaces. */
static __noinline void abstract_resolve(struct scratch *scratch, struct unix_sock *peer)
{
	struct unix_address *address = BPF_CORE_READ(peer, addr);
	__u32 length = BPF_CORE_READ(address, len) - sizeof(__u16);
	__u32 from;

	scratch->flags = 0;
	scratch->name_bits = 0;
	scratch->depth = 0;
	/* The first byte of an abstract name is a NUL: '@' takes its place. A NUL within would end a rule early. */
	if (length < 1 || length > UNIX_PATH_BYTES) {
		scratch->flags = EVENT_CUT_PATH;
		length = 1;
	}
	from = WALK_END - length;
	barrier_var(from);
	if (from >= WALK_END || from < WALK_END - UNIX_PATH_BYTES)
		return;
	bpf_probe_read_kernel(&scratch->walk[from], length & 0x7f, address->name[0].sun_path);
	scratch->walk[from] = '@';
	scratch->walk[WALK_END] = 0;
	scratch->path_at = from;
	scratch->path_length = length;
	for (__u32 i = 0; i < EXTENSION_DOTS; i++)
		scratch->extension_length[i] = 0;
}

static __noinline int unix_judge_and_emit(struct scratch *scratch, struct label *label, struct unix_sock *peer,
					  __u32 category)
{
	struct unix_event *event = (struct unix_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch };
	struct dentry *dentry = BPF_CORE_READ(peer, path.dentry);
	__u8 reason;
	int result;

	if (!dentry && !BPF_CORE_READ(peer, addr))
		return 0;		/* one end of a socketpair */
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_UNIX, 0, bpf_get_current_task_btf(), label);
	event->head.category = category;
	if (dentry)
		path_resolve(scratch, BPF_CORE_READ(peer, path.mnt), dentry);
	else
		abstract_resolve(scratch, peer);
	event->head.flags |= scratch->flags;
	judgement.policy = policy_watched(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	if (judgement.policy)
		judge_into(&judgement, &event->head, category);
	else
		decide_refused(&event->head.decision, reason);
	result = prevent(&event->head);
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
	return result;
}

static __always_inline int unix_guard(struct sock *peer, __u32 category, int ret)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;

	if (ret || !label)
		return ret;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_UNIX, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = unix_judge_and_emit(scratch, label, (struct unix_sock *)peer, category);
	scratch_give(scratch);
	return ret;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(guard_unix_connect, struct sock *sock, struct sock *other, struct sock *newsk, int ret)
{
	return unix_guard(other, CATEGORY_CONNECT, ret);
}

SEC("lsm/unix_may_send")
int BPF_PROG(guard_unix_send, struct socket *sock, struct socket *other, int ret)
{
	return unix_guard(BPF_CORE_READ(other, sk), CATEGORY_CONNECT, ret);
}

static __noinline int listen_guard(struct sock *sk)
{
	struct socket_event event = {
		.family = BPF_CORE_READ(sk, __sk_common.skc_family),
		.protocol = IPPROTO_TCP,
	};

	if ((event.family != AF_INET && event.family != AF_INET6) || BPF_CORE_READ(sk, __sk_common.skc_num))
		return 0;
	return address_judge_and_emit(&event, EVENT_BIND, CATEGORY_LISTEN) ? 0 : -EPERM;
}

/*
 * To be reached at. A port that was bound was judged then (cgroup/bind4, 6); one that the kernel picks here,
 * on every address, was not.
 */
SEC("lsm/socket_listen")
int BPF_PROG(guard_listen, struct socket *sock, int backlog, int ret)
{
	struct sock *sk = BPF_CORE_READ(sock, sk);

	if (ret)
		return ret;
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
		return unix_guard(sk, CATEGORY_LISTEN, 0);
	return listen_guard(sk);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
