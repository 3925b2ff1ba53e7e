/* SPDX-License-Identifier: Apache-2.0 */
/* Held actions (seccomp_unotify(2), openat2(2), setns(2)). See hold.h. */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
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

void hold_respond(const struct hold *hold, uint64_t id, int error)
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
		hold_respond(hold, call->id, 0);
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
		hold_respond(hold, call->id, 0);	/* the kernel's to refuse */
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
		hold_respond(hold, id, go ? 0 : EACCES);
		return;
	}
}

void hold_alone(struct hold *hold)
{
	hold->alone = true;
	while (hold->waiting_count)
		hold_respond(hold, hold->waiting[--hold->waiting_count], 0);
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

bool hold_granted(struct hold *hold, bool write, const char *path)
{
	return find(hold, write, path);
}

static int lift(const char *path)
{
	struct mount_attr runs = { .attr_clr = MOUNT_ATTR_NOEXEC };
	int place = hold_place(path, 0), tree;
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
