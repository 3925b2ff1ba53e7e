/* SPDX-License-Identifier: Apache-2.0 */
/* Held actions (seccomp_unotify(2), openat2(2), setns(2)). See hold.h. */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "control.h"
#include "give.h"

/* What an open that is performed may ask for; the rest is dropped. */
#define KEPT_FLAGS	(O_ACCMODE | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECTORY | \
			 O_NOATIME | O_CLOEXEC)

/* Of a path and an argv, encoded: less than a line to the parent may have. */
#define WORDS_BYTES	8192

int hold_open(struct hold *hold, int listener, int child)
{
	char path[64];

	memset(hold, 0, sizeof(*hold));
	hold->listener = listener;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", child);
	hold->mount_namespace = open(path, O_RDONLY | O_CLOEXEC);
	hold->grants = calloc(HOLD_GRANTS, sizeof(*hold->grants));
	return hold->mount_namespace < 0 || !hold->grants ? -1 : 0;
}

void hold_close(struct hold *hold)
{
	close(hold->mount_namespace);
	free(hold->grants);
	memset(hold, 0, sizeof(*hold));
}

static void answer(const struct hold *hold, uint64_t id, int error)
{
	struct seccomp_notif_resp response = { .id = id, .error = -error };

	if (!error)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* Fails where the caller is gone. */
	ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

bool hold_exec(struct hold *hold, struct control *control, const struct seccomp_notif *call)
{
	bool at = call->data.nr == SYS_execveat;
	int directory = at ? (int)call->data.args[0] : AT_FDCWD;
	char name[PATH_MAX], path[PATH_MAX], words[WORDS_BYTES];
	struct caller caller;
	bool known;

	if (hold->alone) {
		answer(hold, call->id, 0);
		return true;
	}
	if (hold->waiting_count == HOLD_WAITING || caller_read(&caller, call->pid))
		return false;
	known = !caller_string(&caller, call->data.args[at], name, sizeof(name)) &&
		!caller_resolve(&caller, directory, name, false, path, sizeof(path));
	if (known)
		caller_words(&caller, path, call->data.args[at + 1], words, sizeof(words));
	if (ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id))
		return true;	/* gone; what was read may be another's */
	if (!known) {
		answer(hold, call->id, 0);	/* the kernel's to refuse */
		return true;
	}
	hold->waiting[hold->waiting_count++] = call->id;
	control_say(control, "exec %llu %ld %s", (unsigned long long)call->id, caller.tgid, words);
	return true;
}

static void hold_answer(struct hold *hold, uint64_t id, bool go)
{
	unsigned int i;

	for (i = 0; i < hold->waiting_count; i++) {
		if (hold->waiting[i] != id)
			continue;
		hold->waiting[i] = hold->waiting[--hold->waiting_count];
		answer(hold, id, go ? 0 : EACCES);
		return;
	}
}

void hold_alone(struct hold *hold)
{
	hold->alone = true;
	while (hold->waiting_count)
		answer(hold, hold->waiting[--hold->waiting_count], 0);
	hold->grant_count = 0;
}

static struct grant *find(struct hold *hold, bool write, const char *path)
{
	unsigned int i;

	for (i = 0; i < hold->grant_count; i++)
		if (hold->grants[i].write == write && !strcmp(hold->grants[i].path, path))
			return &hold->grants[i];
	return NULL;
}

static void hold_grant(struct hold *hold, bool write, const char *path)
{
	struct grant *grant;

	if (find(hold, write, path) || hold->grant_count == HOLD_GRANTS || strlen(path) >= PATH_MAX)
		return;
	grant = &hold->grants[hold->grant_count++];
	grant->write = write;
	strcpy(grant->path, path);
}

static void hold_revoke(struct hold *hold, bool write, const char *path)
{
	struct grant *grant = find(hold, write, path);

	if (grant)
		*grant = hold->grants[--hold->grant_count];
}

/* What an open asks for. False for a call that is never performed here. */
struct request {
	int directory;
	uint64_t name;
	uint64_t flags;
	mode_t mode;
};

static bool request_of(struct caller *caller, const struct seccomp_data *data, struct request *request)
{
	struct { uint64_t flags, mode, resolve; } how;

	*request = (struct request){ .directory = AT_FDCWD, .name = data->args[0] };
	switch (data->nr) {
#ifdef SYS_open
	case SYS_open:
		request->flags = data->args[1];
		request->mode = (mode_t)data->args[2];
		break;
	case SYS_creat:
		request->flags = O_CREAT | O_WRONLY | O_TRUNC;
		request->mode = (mode_t)data->args[1];
		break;
#endif
	case SYS_openat:
		request->directory = (int)data->args[0];
		request->name = data->args[1];
		request->flags = data->args[2];
		request->mode = (mode_t)data->args[3];
		break;
	case SYS_openat2:
		request->directory = (int)data->args[0];
		request->name = data->args[1];
		if (data->args[3] != sizeof(how) || caller_bytes(caller, data->args[2], &how, sizeof(how)) || how.resolve)
			return false;
		request->flags = how.flags;
		request->mode = (mode_t)how.mode;
		break;
	default:
		return false;
	}
	return !(request->flags & O_PATH) && (request->flags & O_TMPFILE) != O_TMPFILE;
}

bool hold_granted(struct hold *hold, bool write, const char *path)
{
	return find(hold, write, path);
}

static bool is_granted(struct hold *hold, const struct request *request, const char *path)
{
	int access = (int)(request->flags & O_ACCMODE);
	bool writes = access != O_RDONLY || (request->flags & (O_TRUNC | O_CREAT));
	bool reads = access != O_WRONLY;

	return (!reads || find(hold, false, path)) && (!writes || find(hold, true, path));
}

/* O_PATH, by its name without any link; or -1 with errno. */
static int place_of(const char *path, int flags)
{
	struct { uint64_t flags, mode, resolve; } how = {
		.flags = (uint64_t)(flags | O_PATH | O_CLOEXEC),
		.resolve = 0x04 | 0x02,		/* RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS */
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* A file that is there: opened by what was looked at, so that it is no device and nothing that blocks. */
static int open_again(int place, const struct request *request)
{
	char path[64];
	struct stat status;

	if (fstat(place, &status))
		return -1;
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
		errno = EACCES;
		return -1;
	}
	if ((request->flags & O_CREAT) && (request->flags & O_EXCL)) {
		errno = EEXIST;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	return open(path, (int)(request->flags & KEPT_FLAGS) | O_CLOEXEC);
}

int hold_parent(const char *path, char *name)
{
	char parent[PATH_MAX];
	char *last;

	strcpy(parent, path);
	last = strrchr(parent, '/');
	*last++ = '\0';
	strcpy(name, last);
	return place_of(*parent ? parent : "/", O_DIRECTORY);
}

static int create(const char *path, const struct request *request)
{
	char name[PATH_MAX];
	int directory = hold_parent(path, name), fd, error;

	if (directory < 0)
		return -1;
	fd = openat(directory, name, (int)(request->flags & KEPT_FLAGS) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    request->mode & 0777);
	error = errno;
	close(directory);
	errno = error;
	return fd;
}

/* By the host's name for it, which is the command's name for it; as the command's user. */
static int open_granted(const char *path, const struct request *request)
{
	int place = place_of(path, O_NOFOLLOW), fd, error;

	if (place < 0)
		return errno == ENOENT && (request->flags & O_CREAT) ? create(path, request) : -1;
	fd = open_again(place, request);
	error = errno;
	close(place);
	errno = error;
	return fd;
}

static void give(const struct hold *hold, const struct seccomp_notif *call, const struct request *request, int fd)
{
	int number = give_file(hold->listener, call->id, fd, request->flags & O_CLOEXEC);

	if (number < 0)
		answer(hold, call->id, errno == EMFILE ? EMFILE : EACCES);
	else
		give_value(hold->listener, call->id, number);
}

bool hold_file(struct hold *hold, const struct seccomp_notif *call)
{
	char name[PATH_MAX], path[PATH_MAX];
	struct request request;
	struct caller caller;
	bool granted;
	int fd;

	if (!hold->grant_count || caller_read(&caller, call->pid))
		return false;
	granted = request_of(&caller, &call->data, &request) &&
		  !caller_string(&caller, request.name, name, sizeof(name)) &&
		  !caller_resolve(&caller, request.directory, name, request.flags & O_NOFOLLOW, path, sizeof(path)) &&
		  !ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) && is_granted(hold, &request, path);
	if (!granted)
		return false;
	caller_become(&caller);
	fd = open_granted(path, &request);
	if (fd < 0)
		answer(hold, call->id, errno);
	caller_unbecome(&caller);
	if (fd >= 0)
		give(hold, call, &request, fd);
	return true;
}

static int lift(const char *path)
{
	struct mount_attr runs = { .attr_clr = MOUNT_ATTR_NOEXEC };
	int place = place_of(path, 0), tree;
	struct stat status;

	if (place < 0 || fstat(place, &status))
		return -1;
	if (!S_ISREG(status.st_mode)) {
		errno = EACCES;
		return -1;
	}
	tree = open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &runs, sizeof(runs)))
		return -1;
	return move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int hold_lift(const struct hold *hold, const char *path, bool up)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (!pid) {
		if (setns(hold->mount_namespace, CLONE_NEWNS))
			_exit(errno);
		_exit((up ? lift(path) : umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW)) ? errno : 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno ? -1 : 0;
}

/* What stands behind `word` and a space, or NULL. */
static const char *behind(const char *line, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(line, word, length) && line[length] == ' ' ? line + length + 1 : NULL;
}

static bool answer_line(struct hold *hold, const char *rest)
{
	char *end;
	unsigned long long id = strtoull(rest, &end, 10);

	if (end == rest || (strcmp(end, " go") && strcmp(end, " no")))
		return false;
	hold_answer(hold, id, !strcmp(end, " go"));
	return true;
}

bool hold_line(struct hold *hold, const char *line)
{
	static const struct {
		const char *word;
		bool write;
		void (*change)(struct hold *hold, bool write, const char *path);
	} FILES[] = {
		{ "grant r", false, hold_grant }, { "grant w", true, hold_grant },
		{ "revoke r", false, hold_revoke }, { "revoke w", true, hold_revoke },
	};
	const char *rest = behind(line, "answer");
	size_t i;

	if (rest)
		return answer_line(hold, rest);
	for (i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		rest = behind(line, FILES[i].word);
		if (!rest || *rest != '/')
			continue;
		FILES[i].change(hold, FILES[i].write, rest);
		return true;
	}
	/* Where it fails, the exec does too, by the wall that stays. */
	if ((rest = behind(line, "lift")) && *rest == '/')
		hold_lift(hold, rest, true);
	else if ((rest = behind(line, "drop")) && *rest == '/')
		hold_lift(hold, rest, false);
	else
		return false;
	return true;
}
