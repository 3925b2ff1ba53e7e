/* SPDX-License-Identifier: Apache-2.0 */
/* Who the command runs as. See account.h. */
#include "account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* (uid_t)-1 means "leave as is" to the set*id calls: never an id. */
#define ID_MOST	0xfffffffeUL

/* A decimal id and nothing else. */
static bool number_of(const char *text, unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoul(text, &end, 10);
	return !errno && !*end && *number <= ID_MOST;
}

/* The groups of `name` with `gid` among them, into the account. 0, or -1 with errno. */
static int load_groups(struct account *account, const char *name)
{
	int count = 32;

	for (;;) {
		int wanted = count;
		gid_t *groups = realloc(account->groups, (size_t)count * sizeof(*groups));

		if (!groups)
			return -1;
		account->groups = groups;
		if (getgrouplist(name, account->gid, groups, &wanted) >= 0) {
			account->group_count = (size_t)wanted;
			return 0;
		}
		count = wanted > count ? wanted : count * 2;
	}
}

const char *account_find(struct account *account, const char *text)
{
	char *user = strdup(text);
	char *group = user ? strchr(user, ':') : NULL;
	struct passwd *entry;
	unsigned long number;

	memset(account, 0, sizeof(*account));
	if (!user)
		return "no memory to look the user up";
	if (group)
		*group++ = '\0';
	/* A name of digits alone is a number, as chown(1) reads it last and systemd never allows it. */
	if (number_of(user, &number)) {
		account->uid = (uid_t)number;
		entry = getpwuid(account->uid);
	} else {
		entry = getpwnam(user);
		if (!entry)
			return "no such user";
		account->uid = entry->pw_uid;
	}
	if (entry) {
		account->name = strdup(entry->pw_name);
		account->home = strdup(entry->pw_dir);
		account->gid = entry->pw_gid;
		if (!account->name || !account->home)
			return "no memory to look the user up";
	} else {
		account->home = "/";
		if (!group)
			return "no user has this number: give its group too, as UID:GID";
	}
	if (group) {
		struct group *found = NULL;

		if (number_of(group, &number)) {
			account->gid = (gid_t)number;
		} else {
			found = getgrnam(group);
			if (!found)
				return "no such group";
			account->gid = found->gr_gid;
		}
	}
	if (account->name) {
		if (load_groups(account, account->name))
			return "no memory to look the user's groups up";
		return NULL;
	}
	account->groups = &account->gid;
	account->group_count = 1;
	return NULL;
}

int account_become(const struct account *account)
{
	uid_t real, effective, saved;

	if (setgroups(account->group_count, account->groups))
		return -1;
	if (setresgid(account->gid, account->gid, account->gid))
		return -1;
	if (setresuid(account->uid, account->uid, account->uid))
		return -1;
	/* Not believed but read back: everything after this rests on it. */
	if (getresuid(&real, &effective, &saved))
		return -1;
	if (real != account->uid || effective != account->uid || saved != account->uid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int account_environment(const struct account *account)
{
	if (setenv("HOME", account->home, 1))
		return -1;
	if (!account->name) {
		/* Not the caller's name under another number. */
		return unsetenv("USER") || unsetenv("LOGNAME") ? -1 : 0;
	}
	return setenv("USER", account->name, 1) || setenv("LOGNAME", account->name, 1) ? -1 : 0;
}
