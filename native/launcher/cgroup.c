/* SPDX-License-Identifier: Apache-2.0 */
/* The run's cgroup. See cgroup.h. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int cgroup_open(struct cgroup *cgroup, const char *path, const char **missing)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	*missing = "";
	if (directory < 0)
		return -1;
	if (fstatfs(directory, &fs))
		return -1;
	if (fs.f_type != CGROUP2_SUPER_MAGIC) {
		errno = ENOTSUP;
		return -1;
	}
	cgroup->directory = directory;
	*missing = "/cgroup.kill";
	cgroup->kill = openat(directory, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (cgroup->kill < 0)
		return -1;
	*missing = "/cgroup.events";
	cgroup->events = openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC);
	return cgroup->events < 0 ? -1 : 0;
}

pid_t cgroup_fork(const struct cgroup *cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup->directory,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int cgroup_kill(const struct cgroup *cgroup)
{
	return write(cgroup->kill, "1", 1) == 1 ? 0 : -1;
}

bool cgroup_populated(const struct cgroup *cgroup)
{
	char text[256];
	ssize_t length = pread(cgroup->events, text, sizeof(text) - 1, 0);

	/* A cgroup that was taken away was empty; what cannot be read is taken for full. */
	if (length < 0 && errno == ENODEV)
		return false;
	if (length <= 0)
		return true;
	text[length] = '\0';
	return !strstr(text, "populated 0");
}
