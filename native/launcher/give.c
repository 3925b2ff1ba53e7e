/* SPDX-License-Identifier: Apache-2.0 */
/* See give.h. The caller is killed or waits: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (filter.c). */
#include "give.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

int give_file(int listener, uint64_t id, int file, bool close_on_exec)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (unsigned int)file,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};
	int number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), error = errno;

	close(file);
	errno = error;
	return number;
}

void give_value(int listener, uint64_t id, int64_t value)
{
	struct seccomp_notif_resp response = { .id = id, .val = value };

	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
