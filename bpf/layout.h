/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * LAYOUT_SIZE(name, bytes): struct `name` has exactly that size in every
 * compiler that sees it (clang for BPF, the host's C and C++), so that no
 * hidden hole lets the two sides disagree.
 */
#ifndef WARDER_LAYOUT_H
#define WARDER_LAYOUT_H

#ifdef __cplusplus
#define LAYOUT_SIZE(name, bytes) \
	static_assert(sizeof(struct name) == (bytes), #name " has another size")
#else
#define LAYOUT_SIZE(name, bytes) \
	_Static_assert(sizeof(struct name) == (bytes), #name " has another size")
#endif

#endif
