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

struct name_scan {
	struct scratch *scratch;
};

/* One byte of a name, from its end, but for the first one. */
static long abstract_step(__u32 step, void *context)
{
	struct scratch *scratch = ((struct name_scan *)context)->scratch;

	if (step + 1 >= scratch->path_length || step >= UNIX_PATH_BYTES)
		return 1;
	if (!scratch->walk[WALK_END - 1 - step])
		scratch->flags = EVENT_CUT_PATH;
	return 0;
}

/* "@name" in walk, so that one trie and one grammar serve both spaces. `length` is that of sun_path. */
static __noinline void abstract_resolve(struct scratch *scratch, const char *name, __u32 length)
{
	struct name_scan scan = { .scratch = scratch };
	__u32 from;

	scratch->flags = 0;
	names_forget(scratch);
	scratch->depth = 0;
	if (length < 1 || length > UNIX_PATH_BYTES) {
		scratch->flags = EVENT_CUT_PATH;
		length = 1;
	}
	from = WALK_END - length;
	barrier_var(from);
	if (from >= WALK_END || from < WALK_END - UNIX_PATH_BYTES)
		return;
	bpf_probe_read_kernel(&scratch->walk[from], length & 0x7f, name);
	/* The first byte of an abstract name is a NUL: '@' takes its place. A NUL within would end a rule early. */
	scratch->path_length = length;
	bpf_loop(UNIX_PATH_BYTES, abstract_step, &scan, 0);
	scratch->walk[from] = '@';
	scratch->walk[WALK_END] = 0;
	scratch->path_at = from;
	for (__u32 i = 0; i < EXTENSION_DOTS; i++)
		scratch->extension_length[i] = 0;
}

/* What a socket is, or is to be, reached by: a file, or a name in the abstract space. */
struct unix_place {
	struct vfsmount *vfsmount;
	struct dentry *dentry;	/* or NULL */
	const char *name;	/* with its first NUL */
	__u32 length;
};

static __noinline int unix_judge_and_emit(struct scratch *scratch, struct label *label, const struct unix_place *place,
					  __u32 category)
{
	struct unix_event *event = (struct unix_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch };
	__u8 reason;
	int result;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_UNIX, 0, bpf_get_current_task_btf(), label);
	event->head.category = category;
	if (place->dentry)
		path_resolve(scratch, place->vfsmount, place->dentry);
	else
		abstract_resolve(scratch, place->name, place->length);
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

static __always_inline int unix_place_guard(const struct unix_place *place, __u32 category)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;
	int result;

	if (!label)
		return 0;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_UNIX, LOSS_SCRATCH);
		return -EPERM;
	}
	result = unix_judge_and_emit(scratch, label, place, category);
	scratch_give(scratch);
	return result;
}

static __noinline int unix_guard(struct sock *sk, __u32 category, int ret)
{
	struct unix_sock *peer = (struct unix_sock *)sk;
	struct unix_address *address;
	struct unix_place place = {};

	if (ret || !label_of(bpf_get_current_task_btf()))	/* most calls: cost ends here */
		return ret;
	address = BPF_CORE_READ(peer, addr);
	place.vfsmount = BPF_CORE_READ(peer, path.mnt);
	place.dentry = BPF_CORE_READ(peer, path.dentry);
	if (!place.dentry && !address)
		return 0;		/* one end of a socketpair */
	if (address) {
		place.name = address->name[0].sun_path;
		place.length = BPF_CORE_READ(address, len) - sizeof(__u16);
	}
	return unix_place_guard(&place, category);
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

/*
 * A name in the abstract space is taken: datagrams come to it without a listen(2), and nobody else gets it then. A
 * path is a file that is made, which guard_mknod judges. Without a name the kernel picks one that nobody knows.
 */
SEC("lsm/socket_bind")
int BPF_PROG(guard_bind, struct socket *sock, struct sockaddr_un *address, int length, int ret)
{
	struct unix_place place = { .name = address->sun_path, .length = length - sizeof(__u16) };
	char first = 1;

	if (ret || length <= (int)sizeof(__u16) || BPF_CORE_READ(sock, sk, __sk_common.skc_family) != AF_UNIX)
		return ret;
	bpf_probe_read_kernel(&first, sizeof(first), place.name);
	return first ? 0 : unix_place_guard(&place, CATEGORY_LISTEN);
}

static __noinline int listen_guard(struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct socket_event event = {
		.family = BPF_CORE_READ(sk, __sk_common.skc_family),
		.protocol = IPPROTO_TCP,
	};

	if (!label || (event.family != AF_INET && event.family != AF_INET6) || BPF_CORE_READ(sk, __sk_common.skc_num))
		return 0;
	address_begin(&event, task, label, EVENT_BIND, CATEGORY_LISTEN);
	return address_judge_and_emit(&event, label, 0) ? 0 : -EPERM;
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
