/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of policy in kernel maps: what the runtime writes, what the
 * programs read. The maps themselves are declared in maps.h, the evaluation
 * is decide.h. The TypeScript encoder's offsets are generated from the BTF of
 * this header (tools/generate-layout.mjs).
 *
 * A compiled policy is immutable: all its rows carry its number, are written
 * first, and a run is switched to it by the one write to `runs`.
 *
 * A row's `struct rule_match` is closed over the rows above it: the longest matching
 * prefix already contains what every shorter prefix says. So one look-up per
 * trie answers for all rules in it.
 */
#ifndef WARDER_POLICY_H
#define WARDER_POLICY_H

#ifndef __BPF__
#include <linux/types.h>
#endif
#include "layout.h"

/* Layers of one effective policy, built-in ones included: one bit each. */
#define LAYERS_MAX	16
#define LAYERS_ALL	0xffff
/* Bytes of a rule's path, NUL included. A longer rule is refused at load. */
#define PATH_RULE_BYTES	248
/* Bytes of a name or an extension in a rule, without a NUL. */
#define NAME_RULE_BYTES	64
/* A filter of names: a bit for each name_hash(), in words. */
#define NAME_WORDS	4
/* Dots counted from the end of a file's name for extension rules. */
#define EXTENSION_DOTS	4

enum category {
	CATEGORY_EXEC,
	CATEGORY_READ,
	CATEGORY_WRITE,
	CATEGORY_LOAD,
	CATEGORY_CONNECT,
	CATEGORY_LISTEN,
	CATEGORY_PRIVILEGED,
	CATEGORIES,
};

/*
 * Stands for a category in path_rules alone: directories above a place that a
 * rule refuses. Moving one would move that place out of the rule's reach.
 */
#define CATEGORY_PINNED	16

/*
 * What the rules that match an action say together. One bit per layer.
 * Rule numbers start at 1, 0 is none; where several match it is the lowest.
 * [0] is of enforcing layers, [1] of monitoring ones.
 */
struct rule_match {
	__u16 allow;
	__u16 hold;
	__u16 deny;
	__u16 guard;		/* denies to run what may be written; a rule by content lifts its own layers' */
	__u32 allow_rule[2];
	__u32 hold_rule[2];
	__u32 deny_rule[2];
};

/* Names of the `privileged` category that a policy may grant, as bits. */
enum privilege {
	PRIVILEGE_RAW_SOCKET = 1 << 0,
	PRIVILEGE_IO_URING = 1 << 1,
	PRIVILEGE_PTRACE_OTHERS = 1 << 2,
	PRIVILEGE_MOUNT = 1 << 3,
	PRIVILEGE_USERNS = 1 << 4,
	PRIVILEGE_BPF = 1 << 5,
	PRIVILEGE_MODULE = 1 << 6,
	PRIVILEGE_SIGNAL_OTHERS = 1 << 7,
	/* No policy grants it: `detail` is a capability's number or an enum host_reach. */
	PRIVILEGE_HOST = 1 << 8,
};

/* What a governed process may do to no host, by any policy. Behind the numbers of capabilities. */
enum host_reach {
	HOST_TERMINAL = 256,	/* type into a terminal */
	HOST_ANONYMOUS,		/* userfaultfd, secret memory */
	HOST_KEYS,		/* the user's keys, keyrings(7) */
	HOST_LIMITS,		/* another process's resource limits */
	HOST_SCHEDULING,	/* where and how another process runs */
	HOST_IPC,		/* System V objects and message queues of outside the run */
	HOST_OWNER,		/* signals about a file, to a process that is not the caller */
	HOST_LOG,		/* the kernel's log */
	HOST_CGROUP,		/* a child in another cgroup */
};

enum policy_flag {
	/* It has rules by host name: DNS is led to the runtime's resolver, and addresses are looked up by name. */
	POLICY_NAMES = 1 << 0,
};

/*
 * policies[number]. `layers` are the layers by category that have it, `all`
 * the policy's own layers, `monitor` those of them in monitor mode. The
 * built-in layers (credential denies, base) stand in none of the three masks
 * but, for the credential denies, in `monitor` when no layer enforces.
 * `names` has bit name_hash(name) set for every name or extension rule of the
 * category, so that nine in ten path components need no look-up: credential denies
 * alone are some forty names. `content_allow` and
 * `content_refuse` are the layers whose `exec` allows, or denies or holds, by content.
 */
struct policy {
	__u16 layers[CATEGORIES];
	__u16 all;
	__u16 monitor;
	__u16 content_allow;
	__u16 content_refuse;
	__u16 flags;		/* enum policy_flag */
	__u32 privileged;	/* enum privilege, one bit each: granted in force */
	__u32 privileged_would;	/* granted were every monitoring layer enforcing */
	__u64 lease_until_ns;	/* CLOCK_BOOTTIME; past it everything is denied */
	__u64 names[CATEGORIES][NAME_WORDS];
};

/* runs[number]: which policy is in force. One write switches it. */
struct run {
	__u32 policy;		/* 0: none, everything is denied */
	__u32 flags;		/* RUN_* */
};

enum run_flag {
	/* Kill what could not be prevented (opens on a host without LSM). */
	RUN_TERMINATE = 1 << 0,
};

/* The label of a governed process, in task storage. */
struct label {
	__u32 run;		/* from 1; 0 is not a label */
	__u32 flags;
};

/*
 * path_rules: LPM trie. `path` holds the rule's bytes: "/a/b\0" matches that
 * name alone (the NUL is part of the prefix), "/a/b/" everything under it.
 */
struct path_key {
	__u32 prefix_bits;	/* of all that follows */
	__u32 policy;
	__u32 category;
	char path[PATH_RULE_BYTES];
};

enum name_form {
	NAME_COMPONENT,		/* any component of the path is this name */
	NAME_EXTENSION,		/* the last component ends so, dot included */
};

/* name_rules: hash. `name` is padded with NULs. */
struct name_key {
	__u32 policy;
	__u8 category;
	__u8 form;
	__u8 length;
	__u8 reserved;
	char name[NAME_RULE_BYTES];
};

/* address_rules: LPM trie. An IPv4 address stands in the first four bytes. */
struct address_key {
	__u32 prefix_bits;	/* of all that follows */
	__u32 policy;
	__u8 category;
	__u8 family;		/* AF_INET, AF_INET6 */
	__u8 protocol;		/* IPPROTO_TCP, IPPROTO_UDP */
	__u8 reserved;
	__u8 address[16];
};

/*
 * Ports of an address row: `count` disjoint segments in port_rules, sorted,
 * under (policy, set, 0 .. count-1).
 */
struct port_set {
	__u32 set;
	__u32 count;
};

struct port_key {
	__u32 policy;
	__u32 set;
	__u32 index;
};

struct port_rule {
	__u16 from;		/* inclusive, host byte order */
	__u16 to;		/* inclusive */
	__u32 reserved;
	struct rule_match match;
};

#define DIGEST_BYTES	32	/* SHA-256 */

/* content_rules: hash. What `exec` says of a content. */
struct content_rule_key {
	__u32 policy;
	__u8 digest[DIGEST_BYTES];
};

/* contents: hash. A file by what it is, whatever its names: the lowest one, below overlays. */
struct content_key {
	__u64 inode;
	__u32 device;		/* kernel dev_t */
	__u32 generation;
};

/*
 * What a file holds, as long as all of this still is so: its change time, its
 * size, and the lease that the runtime took on it before it read it
 * (docs/decisions/0015-content-under-a-lease.md).
 */
struct content {
	__u8 digest[DIGEST_BYTES];
	__u64 ctime_ns;
	__u64 size_bytes;
	__u64 holder;		/* the struct file that holds the lease */
	__u32 holder_tgid;	/* the process that took it: an address can come again */
	__u32 reserved;
};

/* Argument of the program content_note, which the runtime runs: see there. */
struct content_request {
	__u32 descriptor;	/* of the caller */
	__u32 write;		/* 0: only tell what is there */
	struct content_key key;	/* out */
	struct content content;	/* out; where it is written, in as it was told before, with the digest */
};

enum content_answer {
	CONTENT_NOTED = 1,
	CONTENT_NO_FILE,	/* not a file whose content can be told */
	CONTENT_WRITERS,	/* somebody has it open for writing */
	CONTENT_NO_LEASE,	/* the descriptor holds none */
	CONTENT_CHANGED,	/* it is not what was told before */
	CONTENT_FULL,		/* no room in the map */
};

/*
 * path_grants, address_grants: hash, to the CLOCK_BOOTTIME nanoseconds until which an action that
 * `policy` holds is granted. `path` is padded with NULs; `tgid` is for exec alone, else 0.
 */
struct path_grant_key {
	__u32 policy;
	__u32 category;
	__u32 tgid;
	char path[PATH_RULE_BYTES];
};

struct address_grant_key {
	__u32 policy;
	__u8 category;
	__u8 family;		/* AF_INET, AF_INET6 */
	__u8 protocol;
	__u8 reserved;
	__u16 port;		/* host byte order */
	__u16 reserved2;
	__u8 address[16];
};

LAYOUT_SIZE(path_grant_key, 260);
LAYOUT_SIZE(address_grant_key, 28);
LAYOUT_SIZE(rule_match, 32);
LAYOUT_SIZE(policy, 264);
LAYOUT_SIZE(run, 8);
LAYOUT_SIZE(label, 8);
LAYOUT_SIZE(path_key, 260);
LAYOUT_SIZE(name_key, 72);
LAYOUT_SIZE(address_key, 28);
LAYOUT_SIZE(port_set, 8);
LAYOUT_SIZE(port_key, 12);
LAYOUT_SIZE(port_rule, 40);
LAYOUT_SIZE(content_rule_key, 36);
LAYOUT_SIZE(content_key, 16);
LAYOUT_SIZE(content, 64);
LAYOUT_SIZE(content_request, 88);

#endif
