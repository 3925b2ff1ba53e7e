/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scan for names. See scan.h.
 *
 * Links are not followed and other file systems are entered. A directory that
 * cannot be read is passed over: whoever runs this is root, and what root cannot
 * read (a FUSE mount of somebody else's) the command cannot either.
 */
#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"
#include "walls.h"

struct pending {
	struct pending *next;
	char path[];
};

struct scan {
	const struct walls *walls;
	struct walls_report *report;
	scan_match match;
	void *context;
	struct pending *first, **last;
};

static int queue(struct scan *scan, const char *directory, const char *name)
{
	size_t length = strlen(directory), more = strlen(name);
	struct pending *pending = malloc(sizeof(*pending) + length + more + 2);

	if (!pending)
		return -1;
	pending->next = NULL;
	memcpy(pending->path, directory, length);
	if (more && directory[length - 1] != '/')
		pending->path[length++] = '/';
	memcpy(pending->path + length, name, more + 1);
	*scan->last = pending;
	scan->last = &pending->next;
	return 0;
}

static bool skipped(const struct walls *walls, const char *path)
{
	size_t i;

	for (i = 0; i < walls->count; i++)
		if (walls->steps[i].kind == WALL_SKIP && !strcmp(walls->steps[i].text, path))
			return true;
	return false;
}

static int open_place(const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static int meet(struct scan *scan, int directory, const struct dirent *entry, int action, bool *is_directory)
{
	int place = openat(directory, entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (place < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(place, &status)) {
		close(place);
		return -1;
	}
	*is_directory = S_ISDIR(status.st_mode);
	if (S_ISLNK(status.st_mode)) {		/* stands for what it leads to, which has a name of its own */
		close(place);
		return 0;
	}
	scan->report->masked++;
	return scan->match(scan->context, place, S_ISDIR(status.st_mode), (unsigned int)action);
}

static int scan_directory(struct scan *scan, const char *path)
{
	int fd = open_place(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int failed = 0;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!failed && (entry = readdir(directory))) {
		/* Of an unknown kind: opening it as a directory will tell. */
		bool is_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
		int action;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (scan->report->scanned++ >= SCAN_ENTRIES) {
			scan->report->scan_cut = true;
			break;
		}
		action = names_action(scan->walls, entry->d_name);
		if (action >= 0 && entry->d_type != DT_LNK)
			failed = meet(scan, fd, entry, action, &is_directory);
		/* What is hidden holds nothing to be found; what is frozen holds nothing to be changed. */
		if (!failed && is_directory && action != ACTION_HIDE)
			failed = queue(scan, path, entry->d_name);
	}
	closedir(directory);
	return failed;
}

int scan_trees(const struct walls *walls, struct walls_report *report, scan_match match, void *context)
{
	struct scan scan = { .walls = walls, .report = report, .match = match, .context = context };
	int failed = 0;
	size_t i;

	scan.last = &scan.first;
	for (i = 0; i < walls->count && !failed; i++)
		if (walls->steps[i].kind == WALL_SCAN)
			failed = queue(&scan, walls->steps[i].text, "");
	while (scan.first && !failed && !report->scan_cut) {
		struct pending *next = scan.first;

		if (!skipped(walls, next->path))
			failed = scan_directory(&scan, next->path);
		scan.first = next->next;
		if (!scan.first)
			scan.last = &scan.first;
		free(next);
	}
	return failed;
}
