/* SPDX-License-Identifier: Apache-2.0 */
/* Held actions (seccomp_unotify(2), openat2(2), setns(2)). See hold.h. */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "control.h"
#include "give.h"

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

static void forget(struct waiting_exec *waiting)
{
	free(waiting->path);
	free(waiting->words);
}

void hold_close(struct hold *hold)
{
	while (hold->waiting_count)
		forget(&hold->waiting[--hold->waiting_count]);
	close(hold->mount_namespace);
	free(hold->grants);
	memset(hold, 0, sizeof(*hold));
}

bool hold_exec(struct hold *hold, struct control *control, const struct seccomp_notif *call)
{
	bool at = call->data.nr == SYS_execveat;
	int directory = at ? (int)call->data.args[0] : AT_FDCWD;
	char name[PATH_MAX], path[PATH_MAX], words[WORDS_BYTES];
	struct caller caller;
	uint64_t argv = call->data.args[at + 1];
	struct waiting_exec *waiting = &hold->waiting[hold->waiting_count];
	bool known, whole = false;

	if (hold->alone) {
		give_way(hold->listener, call->id);
		return true;
	}
	if (hold->waiting_count == HOLD_WAITING || caller_read(&caller, call->pid))
		return false;
	known = !caller_string(&caller, call->data.args[at], name, sizeof(name)) &&
		!caller_resolve(&caller, directory, name, false, path, sizeof(path));
	if (known)
		whole = caller_words(&caller, path, argv, words, sizeof(words));
	if (ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id))
		return true;	/* gone; what was read may be another's */
	if (!known) {
		give_way(hold->listener, call->id);	/* the kernel's to refuse */
		return true;
	}
	*waiting = (struct waiting_exec){ .id = call->id, .tid = call->pid, .argv = argv, .path = strdup(path),
					  .words = strdup(words) };
	if (!waiting->path || !waiting->words) {
		forget(waiting);
		return false;
	}
	hold->waiting_count++;
	control_say(control, "exec %llu %ld %s %s", (unsigned long long)call->id, caller.tgid, whole ? "whole" : "cut", words);
	return true;
}

/*
 * Minutes may have gone by, in which another thread could change what a person was shown. What one changes from here on until
 * the kernel has taken it is not seen here: the exec's own event tells what came to be.
 */
static bool says_the_same(const struct waiting_exec *waiting)
{
	char words[WORDS_BYTES];
	struct caller caller;

	if (caller_read(&caller, waiting->tid))
		return false;
	caller_words(&caller, waiting->path, waiting->argv, words, sizeof(words));
	return !strcmp(words, waiting->words);
}

static void hold_answer(struct hold *hold, uint64_t id, bool go)
{
	unsigned int i;

	for (i = 0; i < hold->waiting_count; i++) {
		if (hold->waiting[i].id != id)
			continue;
		if (go && says_the_same(&hold->waiting[i]))
			give_way(hold->listener, id);
		else
			give_error(hold->listener, id, EACCES);
		forget(&hold->waiting[i]);
		hold->waiting[i] = hold->waiting[--hold->waiting_count];
		return;
	}
}

void hold_alone(struct hold *hold)
{
	hold->alone = true;
	while (hold->waiting_count) {
		give_way(hold->listener, hold->waiting[--hold->waiting_count].id);
		forget(&hold->waiting[hold->waiting_count]);
	}
	hold->grant_count = 0;
}

static struct grant *find(struct hold *hold, enum grant_kind kind, const char *path)
{
	unsigned int i;

	for (i = 0; i < hold->grant_count; i++)
		if (hold->grants[i].kind == kind && !strcmp(hold->grants[i].path, path))
			return &hold->grants[i];
	return NULL;
}

static void hold_grant(struct hold *hold, enum grant_kind kind, const char *path)
{
	struct grant *grant;

	if (find(hold, kind, path) || hold->grant_count == HOLD_GRANTS || strlen(path) >= PATH_MAX)
		return;
	grant = &hold->grants[hold->grant_count++];
	grant->kind = kind;
	grant->mount = -1;
	strcpy(grant->path, path);
}

static void hold_revoke(struct hold *hold, enum grant_kind kind, const char *path)
{
	struct grant *grant = find(hold, kind, path);

	if (grant)
		*grant = hold->grants[--hold->grant_count];
}

bool hold_granted(struct hold *hold, enum grant_kind kind, const char *path)
{
	return find(hold, kind, path);
}

/* A mount of the program at `place` over itself, from which it can be run. */
static int lay(int tree, int place)
{
	struct mount_attr runs = { .attr_clr = MOUNT_ATTR_NOEXEC };

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &runs, sizeof(runs)))
		return -1;
	return move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* In the command's view, with descriptors that are the monitor's too: `mount` becomes the mount's. An errno, 0: none. */
static int lift(const char *path, int mount)
{
	int place = hold_place(path, 0), tree = -1, error;
	struct stat status;

	if (place < 0)
		return errno;
	error = fstat(place, &status) ? errno : 0;
	if (!error && !S_ISREG(status.st_mode))
		error = EACCES;
	if (!error) {
		tree = open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		error = lay(tree, place) || dup3(tree, mount, O_CLOEXEC) < 0 ? errno : 0;
	}
	if (tree >= 0)
		close(tree);
	close(place);
	return error;
}

/* By the mount and by no name: names lead elsewhere by now, where that is what the command wants. */
static int drop(const char *path, int mount)
{
	char link[64];

	(void)path;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", mount);
	return umount2(link, MNT_DETACH) ? errno : 0;
}

/* In the command's view of files, by a child that has our descriptors. 0, or -1 with errno. */
static int in_view(const struct hold *hold, int (*what)(const char *path, int mount), const char *path, int mount)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	int status;

	if (pid < 0)
		return -1;
	if (!pid)
		_exit(setns(hold->mount_namespace, CLONE_NEWNS) ? errno : what(path, mount));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno ? -1 : 0;
}

/* Where it fails, the exec does too, by the wall that stays. */
static void hold_lift(struct hold *hold, enum grant_kind kind, const char *path)
{
	int mount;

	if (find(hold, kind, path))
		return;
	hold_grant(hold, kind, path);
	if (!find(hold, kind, path))
		return;
	mount = fcntl(hold->mount_namespace, F_DUPFD_CLOEXEC, 3);	/* a number to have it by */
	if (mount >= 0 && !in_view(hold, lift, path, mount)) {
		find(hold, kind, path)->mount = mount;
		return;
	}
	if (mount >= 0)
		close(mount);
	hold_revoke(hold, kind, path);
}

/* What was lifted and nothing else: whatever is mounted at its name, by now or since the start, may be a wall. */
static void hold_drop(struct hold *hold, enum grant_kind kind, const char *path)
{
	const struct grant *grant = find(hold, kind, path);

	if (!grant)
		return;
	in_view(hold, drop, path, grant->mount);
	close(grant->mount);
	hold_revoke(hold, kind, path);
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
		enum grant_kind kind;
		void (*change)(struct hold *hold, enum grant_kind kind, const char *path);
	} FILES[] = {
		{ "grant r", GRANT_READ, hold_grant }, { "grant w", GRANT_WRITE, hold_grant },
		{ "revoke r", GRANT_READ, hold_revoke }, { "revoke w", GRANT_WRITE, hold_revoke },
		{ "lift", GRANT_LIFTED, hold_lift }, { "drop", GRANT_LIFTED, hold_drop },
	};
	const char *rest = behind(line, "answer");
	size_t i;

	if (rest)
		return answer_line(hold, rest);
	for (i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		rest = behind(line, FILES[i].word);
		if (!rest || *rest != '/')
			continue;
		FILES[i].change(hold, FILES[i].kind, rest);
		return true;
	}
	return false;
}
