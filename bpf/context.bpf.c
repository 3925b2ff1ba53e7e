// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of what a process is, and two ways past files: memory that is a file without a name, and tracing.
 *
 * Where BPF LSM works, seen in the kernel functions that all calls for it come to, so that one that changes nothing is
 * not told, but for tracing; elsewhere as the calls return (syscall.bpf.c), where what was before is gone. Either way it
 * has happened.
 */
#include "calls.h"
#include "context.h"
#include "descriptor.h"

/* Longest name of memfd_create(2), NUL included: what the kernel takes. */
#define MEMFD_NAME_BYTES	250

static __always_inline int same_users(struct cred *old, struct cred *new)
{
#define SAME(member)	(READ(old, member.val) == READ(new, member.val))
	return SAME(uid) && SAME(gid) && SAME(suid) && SAME(sgid) && SAME(euid) && SAME(egid) && SAME(fsuid) &&
	       SAME(fsgid) && READ(old, group_info) == READ(new, group_info);
#undef SAME
}

static __always_inline int same_capabilities(struct cred *old, struct cred *new)
{
	__u64 before, after;

#define DIFFER(member)								\
	(BPF_CORE_READ_INTO(&before, old, member), BPF_CORE_READ_INTO(&after, new, member), before != after)
	return !(DIFFER(cap_effective) || DIFFER(cap_permitted) || DIFFER(cap_inheritable) || DIFFER(cap_bset) ||
		 DIFFER(cap_ambient));
#undef DIFFER
}

/* Every change of user, groups, capabilities or user namespace, by a call or an exec. The old ones are still in force. */
SEC("fentry/commit_creds")
int BPF_PROG(on_credentials, struct cred *new)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct user_namespace *user;
	struct scratch *scratch;
	struct cred *old;
	int users;

	if (!label)
		return 0;
	old = READ(task, cred);
	user = READ(new, user_ns);
	users = same_users(old, new);
	if (users && user == READ(old, user_ns) && same_capabilities(old, new))
		return 0;
	scratch = context_begin(task, label, new, users ? CONTEXT_CAPABILITIES : CONTEXT_USER);
	if (!scratch)
		return 0;
	if (user != READ(old, user_ns)) {
		context_of(scratch)->operation = CONTEXT_NAMESPACES;
		namespace_note(context_of(scratch), NAMESPACE_USER, READ(user, ns.inum));
	}
	context_end(scratch);
	return 0;
}

/* setns(2) and unshare(2), but for the user namespace. A task that ends leaves its namespaces for none. */
SEC("fentry/switch_task_namespaces")
int BPF_PROG(on_namespaces, struct task_struct *changed, struct nsproxy *new)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct scratch *scratch;

	if (!label || changed != task || !new)
		return 0;
	scratch = context_begin(task, label, READ(task, cred), CONTEXT_NAMESPACES);
	if (!scratch)
		return 0;
	namespaces_compare(context_of(scratch), READ(task, nsproxy), new);
	if (context_of(scratch)->namespaces)
		context_end(scratch);
	else
		scratch_give(scratch);
	return 0;
}

/* As context_end(), with the name of memory that was read behind the record. */
static __always_inline void name_end(struct scratch *scratch, long length)
{
	struct context_event *event = context_of(scratch);

	event->name.at = sizeof(*event);
	event->name.length = length > 0 && length <= MEMFD_NAME_BYTES ? length - 1 : 0;
	emit_scratch(scratch, sizeof(*event) + event->name.length + 1);
	scratch_give(scratch);
}

/* memfd_create(2) puts this before the name that it was told. Others make such files by other names. */
#define MEMFD_PREFIX	"memfd:"

static __always_inline int memfd_made(const char *name)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	char prefix[sizeof(MEMFD_PREFIX)] = {};
	struct scratch *scratch;

	if (!label || bpf_probe_read_kernel(prefix, sizeof(prefix) - 1, name) ||
	    bpf_strncmp(prefix, sizeof(prefix) - 1, MEMFD_PREFIX))
		return 0;
	scratch = context_begin(task, label, READ(task, cred), CONTEXT_MEMFD);
	if (!scratch)
		return 0;
	name_end(scratch, bpf_probe_read_kernel_str(&scratch->record[sizeof(struct context_event)], MEMFD_NAME_BYTES,
						    name + sizeof(MEMFD_PREFIX) - 1));
	return 0;
}

SEC("fentry/shmem_file_setup")
int BPF_PROG(on_memfd, const char *name)
{
	return memfd_made(name);
}

SEC("fentry/hugetlb_file_setup")
int BPF_PROG(on_huge_memfd, const char *name)
{
	return memfd_made(name);
}

/* Kinds by the bits of unshare(2) and setns(2) (include/uapi/linux/sched.h). */
static __always_inline __u32 kinds_of(unsigned long flags)
{
	return (!!(flags & 0x00020000) << NAMESPACE_MNT) | (!!(flags & 0x04000000) << NAMESPACE_UTS) |
	       (!!(flags & 0x08000000) << NAMESPACE_IPC) | (!!(flags & 0x20000000) << NAMESPACE_PID) |
	       (!!(flags & 0x40000000) << NAMESPACE_NET) | (!!(flags & 0x02000000) << NAMESPACE_CGROUP) |
	       (!!(flags & 0x00000080) << NAMESPACE_TIME) | (!!(flags & 0x10000000) << NAMESPACE_USER);
}

/* Who was linked last: at the head of the tracer's list. */
static __always_inline __u32 newest_tracee(struct task_struct *task)
{
	void *entry = READ(task, ptraced.next);
	struct task_struct *tracee = entry - bpf_core_field_offset(struct task_struct, ptrace_entry);

	return READ(tracee, tgid);
}

#define PTRACE_TRACEME		0
#define PTRACE_ATTACH		16
#define PTRACE_SEIZE		0x4206
#define PR_CAPBSET_DROP		24
#define PR_CAP_AMBIENT		47
#define PR_CAP_AMBIENT_IS_SET	1

/* Whether the call is one that changes something; the number alone does not say. */
static __always_inline int context_asked(struct task_struct *task, struct cred *cred, enum context_call call)
{
	unsigned long first = syscall_argument(task, 0);

	switch (call) {
	case CONTEXT_CALL_FS_USER:	/* tells the one before, and never fails */
		return READ(cred, fsuid.val) != READ(cred, euid.val) || READ(cred, fsgid.val) != READ(cred, egid.val);
	case CONTEXT_CALL_PRCTL:
		/* An int to the kernel, as descriptors and flags are; what else is compared here is as wide as a register. */
		return (int)first == PR_CAPBSET_DROP ||
		       ((int)first == PR_CAP_AMBIENT && syscall_argument(task, 1) != PR_CAP_AMBIENT_IS_SET);
	case CONTEXT_CALL_PTRACE:
		return first == PTRACE_TRACEME || first == PTRACE_ATTACH || first == PTRACE_SEIZE;
	case CONTEXT_CALL_UNSHARE:
		return kinds_of(first) != 0;
	default:
		return 1;
	}
}

static __noinline void context_call_told(struct scratch *scratch, struct task_struct *task, struct cred *cred,
					 enum context_call call)
{
	struct context_event *event = context_of(scratch);
	struct nsproxy *set = READ(task, nsproxy);
	struct file *file;

	switch (call) {
	case CONTEXT_CALL_CAPSET:
	case CONTEXT_CALL_PRCTL:
		event->operation = CONTEXT_CAPABILITIES;
		break;
	case CONTEXT_CALL_UNSHARE:
		event->operation = CONTEXT_NAMESPACES;
		namespaces_find(event, set, cred, kinds_of(syscall_argument(task, 0)), 0);
		break;
	case CONTEXT_CALL_SETNS:
		event->operation = CONTEXT_NAMESPACES;
		file = file_of(task, syscall_argument(task, 0));
		namespaces_find(event, set, cred, kinds_of(syscall_argument(task, 1)),
				file ? READ(file, f_inode, i_ino) : 0);
		break;
	case CONTEXT_CALL_PTRACE:
		event->operation = CONTEXT_TRACE;
		if (syscall_argument(task, 0) == PTRACE_TRACEME) {
			event->operation = CONTEXT_TRACED;
			event->target_tgid = READ(task, parent, tgid);
		} else {
			event->target_tgid = newest_tracee(task);
		}
		break;
	case CONTEXT_CALL_MEMFD:
		event->operation = CONTEXT_MEMFD;
		name_end(scratch, bpf_probe_read_user_str(&scratch->record[sizeof(*event)], MEMFD_NAME_BYTES,
							  (void *)syscall_argument(task, 0)));
		return;
	default:
		break;
	}
	context_end(scratch);
}

/* A call that may change what the caller is went well. `call`: enum context_call. */
__noinline int context_returned(__u32 call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct cred *cred = READ(task, cred);
	struct scratch *scratch;

	if (!label || is_compat(task) || !context_asked(task, cred, call))
		return 0;
	scratch = context_begin(task, label, cred, CONTEXT_USER);
	if (scratch)
		context_call_told(scratch, task, cred, call);
	return 0;
}

/*
 * At the call itself, by its 64-bit entry: what links tracer and tracee stands in its callers where the compiler put it
 * there (7.2), and then nothing comes by it.
 */
SEC("fexit/" SYSCALL_ENTRY("ptrace"))
int BPF_PROG(on_trace, struct pt_regs *registers, long result)
{
	return result ? 0 : context_returned(CONTEXT_CALL_PTRACE);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
