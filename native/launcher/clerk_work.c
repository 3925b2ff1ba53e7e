/* SPDX-License-Identifier: Apache-2.0 */
/* Acting as the caller, for one change at a time (capabilities(7), landlock(7)). See clerk_work.h. */
#include "clerk_work.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bases.h"
#include "changes.h"
#include "channel.h"
#include "descriptors.h"
#include "give.h"
#include "landlock.h"
#include "own_mounts.h"

/* Of what the clerk itself may: what the caller may. */
static int take_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)effective, .permitted = (uint32_t)permitted },
		{ .effective = (uint32_t)(effective >> 32), .permitted = (uint32_t)(permitted >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

static bool is_same(const struct caller *one, const struct caller *other)
{
	return one->uid == other->uid && one->gid == other->gid && one->mask == other->mask &&
	       one->capabilities == other->capabilities && one->group_count == other->group_count &&
	       !memcmp(one->groups, other->groups, (size_t)one->group_count * sizeof(one->groups[0]));
}

/* Act as `as` from here on; most who call are the same as the one before. 0, or an errno: then as nobody in particular. */
static int become(const struct caller *as, uint64_t all)
{
	static struct caller now;
	static bool is_one;
	int error;

	if (is_one && is_same(&now, as))
		return 0;
	if (take_capabilities(all, all))
		_exit(1);
	if (is_one)
		caller_unbecome(&now);
	now = *as;
	caller_become(&now);
	is_one = true;
	error = take_capabilities(now.capabilities & all, all) ? errno : 0;
	if (error)
		now.capabilities = ~now.capabilities;	/* so that nobody is the same */
	return error;
}

/* As the caller, for one change. */
static int serve(const struct walls *walls, struct request *request, const int *bases, uint64_t all, int *made)
{
	int error = become(&request->as, all);

	*made = -1;
	if (!error && (!own_mounts_have(bases[1]) || (bases[0] >= 0 && !own_mounts_have(bases[0]))))
		error = EACCES;
	return error ? error : change_make(walls, request, bases, made);
}

/* To the caller, which goes on. */
static void answer(int listener, const struct request *request, int error, int made)
{
	if (error == CHANGE_NATIVE)
		give_way(listener, request->id);
	else if (error)
		give_error(listener, request->id, error);
	else if (request->change == CHANGE_OPEN)
		give_file(listener, request->id, made, request->open & O_CLOEXEC);
	else
		give_value(listener, request->id, made < 0 ? 0 : made);
}

/* Into the run's view, and no further than the run itself. 0, or an errno. */
static int enter(pid_t child, int ruleset)
{
	char path[64];
	int namespace;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)child);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || own_mounts_read(child) || setns(namespace, CLONE_NEWNS) || close(namespace) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_bind(ruleset))
		return errno;
	return 0;
}

static uint64_t own_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

void clerk_work(int channel, const struct walls *walls, pid_t child, int ruleset)
{
	static struct request request;
	uint64_t all = own_capabilities();
	int bases[2], listener, made, error;

	prctl(PR_SET_NAME, "warder-clerk");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	error = descriptors_keep(3, channel, ruleset < 0 ? channel : ruleset) ? errno : enter(child, ruleset);
	if (!channel_done(channel, error) || error)
		_exit(1);
	listener = channel_take(channel);
	while (listener >= 0 && channel_asked(channel, &request, bases)) {
		/* Nothing is done for somebody who is gone, and whose number may be another's. */
		bool waits = !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id);

		error = waits ? serve(walls, &request, bases, all, &made) : 0;
		bases_close(bases);
		if (waits)
			answer(listener, &request, error, made);
		if (request.told && !channel_done(channel, 0))
			break;
	}
	_exit(0);
}
