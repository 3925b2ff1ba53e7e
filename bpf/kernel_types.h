/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's own types are made of: integers, ids, lists.
 */
#ifndef WARDER_KERNEL_TYPES_H
#define WARDER_KERNEL_TYPES_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* BPF_PROG() and callbacks have parameters by the kernel's choice, not ours. */
#pragma clang diagnostic ignored "-Wunused-parameter"

typedef unsigned int dev_t;
typedef unsigned short umode_t;
typedef _Bool bool;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

/* __u32 cap[2] before 6.3: the same bytes, which are read as such */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct list_head {
	struct list_head *next;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

#pragma clang attribute pop

#endif
