/* SPDX-License-Identifier: Apache-2.0 */
/* The run's cgroup. See cgroup.h. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
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
	*missing = "/cgroup.procs";
	cgroup->procs = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (cgroup->procs < 0)
		return -1;
	*missing = "/cgroup.kill";
	cgroup->kill = openat(directory, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (cgroup->kill < 0)
		return -1;
	*missing = "/cgroup.events";
	cgroup->events = openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (cgroup->events < 0)
		return -1;
	return close(directory);
}

int cgroup_join(const struct cgroup *cgroup)
{
	/* "0" is the writer itself: no pid to be translated between namespaces. */
	return write(cgroup->procs, "0", 1) == 1 ? 0 : -1;
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
