/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's own types, as far as our programs touch them.
 *
 * Each struct lists only the fields we read; CO-RE moves the accesses to where
 * the running kernel has them, and a field that it does not have fails the
 * load by name. Written by hand so that a build does not depend on the kernel
 * of the machine that builds (docs/decisions/0002). Names and types are those
 * of Linux 6.1 to 7.2; a `___suffix` is a CO-RE flavour of an older or newer form.
 */
#ifndef WARDER_KERNEL_H
#define WARDER_KERNEL_H

#include "kernel_files.h"
#include "kernel_tasks.h"

/*
 * READ(pointer, a, b) is pointer->a->b. From 6.2 by loads that the kernel mends where they fault (0 is read then):
 * a nanosecond each, and a path takes some sixty of them. Before, by the helper that BPF_CORE_READ() calls, which takes
 * ten times that. The verifier sees one of the two only.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

#define TYPED(pointer)	((typeof(pointer))bpf_rdonly_cast((pointer), bpf_core_type_id_kernel(typeof(*(pointer)))))
#define READ(pointer, ...)									\
	({											\
		typeof(___arrow(pointer, __VA_ARGS__)) ___value;				\
												\
		if (bpf_ksym_exists(bpf_rdonly_cast))						\
			___value = ___arrow(TYPED(pointer), __VA_ARGS__);			\
		else										\
			___value = BPF_CORE_READ((pointer), __VA_ARGS__);			\
		___value;									\
	})

/* Eight bytes at an address of the kernel's, loaded so; where bpf_rdonly_cast() is. */
#define WORD(address)	(TYPED((struct timespec64 *)(address))->tv_sec)

#define AF_INET		2
#define AF_INET6	10
#define SOCK_RAW	3

#define SIGKILL		9
#define EPERM		1
#define EACCES		13
#define EBUSY		16
#define EXDEV		18
#define EROFS		30

#endif
