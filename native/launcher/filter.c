/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter. See filter.h; the list and its reasons are in docs/walls.md. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "maker.h"
#include "performed.h"
#include "refusals.h"
#include "sockets.h"
#include "walls.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

/* linux/seccomp.h: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
#define WAIT_KILLABLE	(1UL << 5)

/*
 * A namespace is where a filter or a rule could be left behind. clone3 has its flags in memory, where no
 * filter can look: the C library falls back to clone on ENOSYS.
 */
static void refuse_namespaces(struct maker *maker)
{
	static const unsigned int FLAGS[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
					      CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };
	size_t i;

	if (maker->privileges & LIFT_USERNS)
		return;
	maker_refuse_quietly(maker, ENOSYS, SCMP_SYS(clone3), 0, NULL);
	for (i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++) {
		struct scmp_arg_cmp set = SCMP_A0(SCMP_CMP_MASKED_EQ, FLAGS[i], FLAGS[i]);

		maker_refuse(maker, SCMP_SYS(clone), 1, &set);
		maker_refuse(maker, SCMP_SYS(unshare), 1, &set);
	}
	{
		struct scmp_arg_cmp set = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWTIME, CLONE_NEWTIME);

		maker_refuse(maker, SCMP_SYS(unshare), 1, &set);	/* the same bit means something else to clone */
	}
}

/*
 * Typing into the terminal's input, as if the person at it had: and the console's selection, the same by another way.
 * Snapshots of btrfs show a tree at a second place, without the masks of the first.
 */
static void refuse_requests(struct maker *maker)
{
	static const struct { unsigned int number, lifted; } REQUESTS[] = {
		{ TIOCSTI, 0 }, { TIOCLINUX, 0 },
		{ BTRFS_IOC_SNAP_CREATE, LIFT_MOUNT }, { BTRFS_IOC_SNAP_CREATE_V2, LIFT_MOUNT },
	};
	size_t i;

	for (i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
		/* The kernel looks at the lower half alone. */
		struct scmp_arg_cmp request = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, REQUESTS[i].number);

		if (!(maker->privileges & REQUESTS[i].lifted))
			maker_refuse(maker, SCMP_SYS(ioctl), 1, &request);
	}
}

/* Limits of other processes: whoever has the same user may set them, and no scope of Landlock covers it. */
static void refuse_limits_of_others(struct maker *maker)
{
	struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, 0);

	maker_refuse(maker, SCMP_SYS(prlimit64), 1, &other);
}

static void refuse_devices(struct maker *maker)
{
	static const unsigned int KINDS[] = { S_IFCHR, S_IFBLK };
	size_t i;

	for (i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		struct scmp_arg_cmp mode = SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, KINDS[i]);
		struct scmp_arg_cmp mode_at = SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, KINDS[i]);

		maker_refuse(maker, SCMP_SYS(mknod), 1, &mode);
		maker_refuse(maker, SCMP_SYS(mknodat), 1, &mode_at);
	}
}

/* From libseccomp into memory that seccomp(2) takes. It writes to descriptors only. */
static int export(scmp_filter_ctx context, struct sock_fprog *filter)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat status;
	int result = fd < 0 ? -errno : seccomp_export_bpf(context, fd);

	if (result < 0)
		return result;
	if (fstat(fd, &status))
		return -errno;
	filter->len = (unsigned short)((size_t)status.st_size / sizeof(struct sock_filter));
	filter->filter = malloc((size_t)status.st_size);
	if (!filter->filter)
		return -ENOMEM;
	if (pread(fd, filter->filter, (size_t)status.st_size, 0) != status.st_size)
		return -EIO;
	close(fd);
	return 0;
}

int filter_make(struct sock_fprog *filter, const struct walls *walls)
{
	struct maker maker = { .context = seccomp_init(SCMP_ACT_ALLOW), .privileges = walls->privileges };

	if (!maker.context) {
		errno = ENOMEM;
		return -1;
	}
	maker_note(&maker, seccomp_attr_set(maker.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
	maker_note(&maker, seccomp_attr_set(maker.context, SCMP_FLTATR_CTL_OPTIMIZE, 2));
	refusals_add(&maker);
	refuse_namespaces(&maker);
	refuse_requests(&maker);
	refuse_limits_of_others(&maker);
	if (!performed_names(walls))
		refuse_devices(&maker);
	sockets_refuse(&maker, walls);
	performed_add(&maker, walls);
	if (!maker.failed)
		maker_note(&maker, export(maker.context, filter));
	seccomp_release(maker.context);
	errno = -maker.failed;
	return maker.failed ? -1 : 0;
}

int filter_bind(const struct sock_fprog *filter)
{
	/* Who waits for a person is not to be sent home by every SIGCHLD; Linux 5.19. */
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				    SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, filter);

	if (listener >= 0 || errno != EINVAL)
		return listener;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, filter);
}
