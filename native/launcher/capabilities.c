/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities (capabilities(7)). See capabilities.h. */
#include "capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walls.h"

#define CAP(bit)	(UINT64_C(1) << (bit))

/*
 * Ids and permission bits, as package managers and build tools of root use them. None of these reaches past
 * Landlock, the mounts or seccomp.
 */
#define KEPT	(CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FOWNER) | CAP(CAP_FSETID) | CAP(CAP_KILL) | \
		 CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_NET_BIND_SERVICE))

static uint64_t kept(const struct walls *walls)
{
	uint64_t set = KEPT;

	if (walls->privileges & LIFT_RAW_SOCKET)
		set |= CAP(CAP_NET_RAW);
	if (walls->privileges & LIFT_PTRACE)
		set |= CAP(CAP_SYS_PTRACE);
	if (walls->privileges & LIFT_MOUNT)
		set |= CAP(CAP_SYS_ADMIN) | CAP(CAP_SYS_CHROOT);
	if (walls->privileges & LIFT_BPF)
		set |= CAP(CAP_BPF) | CAP(CAP_PERFMON);
	if (walls->privileges & LIFT_MODULE)
		set |= CAP(CAP_SYS_MODULE);
	return set;
}

int capabilities_bound(const struct walls *walls)
{
	uint64_t set = kept(walls);
	unsigned int capability;

	for (capability = 0; capability < 64; capability++) {
		if (set & CAP(capability))
			continue;
		if (prctl(PR_CAPBSET_DROP, capability) && errno != EINVAL)	/* EINVAL: behind the last one */
			return -1;
	}
	return 0;
}

int capabilities_drop(const struct walls *walls)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t set = kept(walls);
	int half;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -1;
	if (syscall(SYS_capget, &header, data))
		return -1;
	for (half = 0; half < 2; half++) {
		uint32_t mask = (uint32_t)(set >> (32 * half));

		data[half].permitted &= mask;
		data[half].effective &= mask;
		data[half].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}
