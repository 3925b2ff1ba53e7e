/* SPDX-License-Identifier: Apache-2.0 */
/* See give.h. The caller is killed or waits: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (filter.c). */
#include "give.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void respond(int listener, struct seccomp_notif_resp response)
{
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

void give_file(int listener, uint64_t id, int file, bool close_on_exec)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (unsigned int)file,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};
	int number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), error = errno;

	close(file);
	if (number < 0)
		give_error(listener, id, error == EMFILE ? EMFILE : EACCES);
	else
		give_value(listener, id, number);
}

void give_value(int listener, uint64_t id, int64_t value)
{
	respond(listener, (struct seccomp_notif_resp){ .id = id, .val = value });
}

void give_error(int listener, uint64_t id, int error)
{
	respond(listener, (struct seccomp_notif_resp){ .id = id, .error = -error });
}

void give_way(int listener, uint64_t id)
{
	respond(listener, (struct seccomp_notif_resp){ .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE });
}
