/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The records that the kernel programs write into the two ring buffers.
 *
 * This file is the one home of the record layout: the BPF programs and the
 * addon include it, the TypeScript decoder's offsets are generated from its
 * BTF (tools/generate-layout.mjs). Little-endian, 8-byte aligned records.
 *
 * A record is a fixed part (struct event_head, then the fields of its kind)
 * followed by its strings, back to back, each of them NUL-terminated and named
 * by a struct span. Nothing behind the last string but padding to 8 bytes.
 */
#ifndef WARDER_EVENT_H
#define WARDER_EVENT_H

#ifndef __BPF__
#include <linux/types.h>
#endif
#include "layout.h"

/* Bytes of argv kept; more is cut and flagged EVENT_CUT_ARGV. */
#define ARGV_BYTES	4096
/* Longest path that is resolved whole, NUL included (the kernel's PATH_MAX). */
#define PATH_BYTES	4096
/* Components of the deepest path that is resolved whole. */
#define PATH_DEPTH	128
#define COMM_BYTES	16

enum event_kind {
	EVENT_NONE,
	EVENT_FORK,		/* a process came to be (threads are not told) */
	EVENT_EXEC,		/* a process replaced its image, or was killed for it */
	EVENT_EXIT,		/* the last thread of a process went */
	EVENT_OPEN,		/* a file was opened */
	EVENT_CONNECT,		/* connect(2), or a send that connects */
	EVENT_SEND,		/* a datagram to an address, socket not connected */
	EVENT_BIND,		/* a socket takes a local address to be reached at */
	EVENT_UNIX,		/* a unix socket is connected or sent to */
	EVENT_CHANGE,		/* a name or its metadata changes */
	EVENT_LOAD,		/* a file is mapped executable */
	EVENT_PRIVILEGED,	/* something that needs a `privileged` name */
	EVENT_CONTEXT,		/* what a process is changed: seen, never judged */
	EVENT_KINDS,
};

/* What the policy says. Closed: anything else in a record is version skew. */
enum verdict {
	VERDICT_NONE,		/* nothing was judged: fork, exit */
	VERDICT_ALLOW,
	VERDICT_HOLD,
	VERDICT_DENY,
};

/* What became of the action. */
enum outcome {
	OUTCOME_DONE,		/* went ahead, as it may */
	OUTCOME_PREVENTED,	/* failed before it had an effect */
	OUTCOME_TERMINATED,	/* the process was killed; the effect may have happened */
	OUTCOME_OBSERVED,	/* went ahead although refused: seen, after the fact */
};

/* Why the verdict is what it is. */
enum reason {
	REASON_NONE,
	REASON_RULE,		/* `rule` decided */
	REASON_NO_RULE,		/* `layer` has the category and no rule that allows */
	REASON_NO_CATEGORY,	/* no layer has the category */
	REASON_NO_POLICY,	/* the run has no policy in the kernel */
	REASON_LEASE,		/* the policy's lease is over */
	REASON_UNRESOLVED,	/* the target could not be resolved whole */
	REASON_FAMILY,		/* an address family that no rule can name */
	REASON_SILENT,		/* the runtime has given no sign of life for too long */
	REASON_CONTENT,		/* its content decides, and is not known, or has changed since */
	REASON_BUDGET,		/* a budget of `layer` is used up */
	REASON_RESOLVER,	/* no resolver of the runtime's is there to answer names in this network */
};

enum event_flag {
	EVENT_CUT_ARGV = 1 << 0,	/* argv is longer than what is here */
	EVENT_CUT_PATH = 1 << 1,	/* path could not be resolved whole */
	EVENT_CUT_CWD = 1 << 2,
	EVENT_SCRIPT = 1 << 3,		/* exec of a script; `script` is its name as passed */
	EVENT_DELETED = 1 << 4,		/* the file has no name any more */
	EVENT_MEMFD = 1 << 5,		/* the file never had one */
	EVENT_UNREADABLE = 1 << 6,	/* a user page was not there; string left empty */
	EVENT_AS_PASSED = 1 << 7,	/* path is what was passed, made absolute: the call had failed */
};

/* Bytes [at, at+length) of the record; length leaves the NUL out. */
struct span {
	__u16 at;
	__u16 length;
};

/*
 * `verdict` is what is in force; `would` is what it would be were every
 * monitoring layer enforcing. They differ under `mode: monitor` only.
 */
struct decision {
	__u8 verdict;
	__u8 would;
	__u8 reason;
	__u8 would_reason;
	__u8 layer;		/* for REASON_NO_RULE and REASON_BUDGET: index of the layer */
	__u8 would_layer;
	__u16 reserved;
	__u32 rule;		/* number in the compiled policy, from 1; 0: none */
	__u32 would_rule;
};

struct event_head {
	__u32 size;		/* of the whole record, a multiple of 8 */
	__u16 kind;
	__u16 flags;
	__u64 time_ns;		/* CLOCK_BOOTTIME */
	__u64 start_ns;		/* start_boottime of the thread group */
	__u32 tgid;		/* in the initial pid namespace */
	__u32 tid;
	__u32 run;
	__u32 policy;		/* that decided; 0: none */
	struct decision decision;
	__u8 outcome;
	__u8 category;		/* enum category, policy.h */
	__u16 reserved;
	__u32 uid;		/* effective, initial user namespace */
	char comm[COMM_BYTES];
};

struct fork_event {
	struct event_head head;	/* of the child */
	__u64 parent_start_ns;
	__u32 parent_tgid;
	__u32 reserved;
};

struct exec_event {
	struct event_head head;
	__u64 parent_start_ns;
	__u64 cgroup_id;
	__u64 inode;
	__u64 ctime_ns;
	__u64 size_bytes;
	__u32 parent_tgid;
	__u32 device;		/* kernel dev_t of the file */
	__u32 gid;		/* effective */
	__u32 argc;		/* strings in argv, as far as it is here */
	struct span path;	/* the image that runs: for a script, its interpreter */
	struct span script;
	struct span cwd;
	struct span argv;	/* NUL-separated, last NUL left out */
};

struct exit_event {
	struct event_head head;
	__s32 status;		/* as wait(2) gives it */
	__u32 reserved;
};

/* Also of EVENT_LOAD, where `open_flags` are the PROT_* of the mapping. */
struct open_event {
	struct event_head head;
	__u64 inode;
	__u64 size_bytes;
	__u32 device;
	__u32 open_flags;	/* O_* of the struct file */
	__u32 mode;		/* st_mode of the inode */
	struct span path;
};

struct socket_event {
	struct event_head head;
	__u8 family;		/* AF_INET, AF_INET6; a mapped address is AF_INET */
	__u8 protocol;		/* IPPROTO_* */
	__u16 port;		/* host byte order */
	__u32 reserved;
	__u8 address[16];	/* IPv4: the first four */
};

struct unix_event {
	struct event_head head;
	struct span path;	/* of the socket's file, "@name" in the abstract space, empty for none */
	__u32 reserved;
};

enum change_operation {
	CHANGE_CREATE,
	CHANGE_UNLINK,
	CHANGE_MKDIR,
	CHANGE_RMDIR,
	CHANGE_RENAME,
	CHANGE_LINK,
	CHANGE_SYMLINK,
	CHANGE_TRUNCATE,
	CHANGE_MODE,
	CHANGE_OWNER,
	CHANGE_ROOT,		/* chroot(2) */
	CHANGE_TIMES,
	CHANGE_ATTRIBUTE,	/* extended */
	CHANGE_FLAGS,		/* as chattr(1) sets them */
};

struct change_event {
	struct event_head head;
	__u32 operation;	/* enum change_operation */
	__u32 mode;		/* st_mode, where the operation gives or has one */
	struct span path;
	struct span target;	/* second name: rename, link; what a symlink says */
};

struct privileged_event {
	struct event_head head;
	__u32 privilege;	/* enum privilege, policy.h */
	__u32 detail;		/* socket type, signal, bpf command: by privilege */
	__u32 target_tgid;	/* of the other process, where there is one */
	__u32 reserved;
};

enum context_operation {
	CONTEXT_USER,		/* its user or groups */
	CONTEXT_CAPABILITIES,
	CONTEXT_NAMESPACES,	/* entered, or made and entered */
	CONTEXT_MEMFD,		/* it made a file that has no name */
	CONTEXT_TRACE,		/* it traces `target_tgid` */
	CONTEXT_TRACED,		/* it lets `target_tgid`, its parent, trace it */
};

/* Kinds of namespaces: bits of `namespaces`, indexes of `inodes`. */
enum namespace_kind {
	NAMESPACE_MNT,
	NAMESPACE_UTS,
	NAMESPACE_IPC,
	NAMESPACE_PID,		/* of the children that it makes from now on */
	NAMESPACE_NET,
	NAMESPACE_CGROUP,
	NAMESPACE_TIME,
	NAMESPACE_USER,
	NAMESPACE_KINDS,
};

/* What the process is afterwards. */
struct context_event {
	struct event_head head;	/* `uid` may still be the one before */
	__u64 capabilities;	/* effective, a bit each */
	__u32 uid;		/* real; all in the initial user namespace */
	__u32 euid;
	__u32 gid;
	__u32 egid;
	__u32 operation;	/* enum context_operation */
	__u32 namespaces;	/* those that are others now, a bit each */
	__u32 inodes[NAMESPACE_KINDS];	/* numbers of those, as in /proc/PID/ns */
	__u32 target_tgid;
	struct span name;	/* as memfd_create(2) was told */
};

/* Why a record is missing; the counter is losses[kind][cause]. */
enum loss_cause {
	LOSS_RING_FULL,		/* no room in the ring buffer, or none for this run (emit.h) */
	LOSS_SCRATCH,		/* no working memory free on this CPU */
	LOSS_LABEL,		/* a child's label could not be stored */
	LOSS_CAUSES,
};

LAYOUT_SIZE(decision, 16);
LAYOUT_SIZE(event_head, 80);
LAYOUT_SIZE(fork_event, 96);
LAYOUT_SIZE(exec_event, 152);
LAYOUT_SIZE(exit_event, 88);
LAYOUT_SIZE(open_event, 112);
LAYOUT_SIZE(socket_event, 104);
LAYOUT_SIZE(unix_event, 88);
LAYOUT_SIZE(change_event, 96);
LAYOUT_SIZE(privileged_event, 96);
LAYOUT_SIZE(context_event, 152);

#endif
