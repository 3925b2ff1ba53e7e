/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walls of a run: what the runtime wants the kernel to refuse by itself,
 * whatever becomes of Warder. Read once, before the fork, from a descriptor.
 *
 * The form is a sequence of strings, each ended by a NUL, so that no path needs
 * quoting. A word, then its arguments; nothing is optional, nothing unknown is
 * passed over, and a description without its "end" is none:
 *
 *   warder-walls 1         first: the version of this form
 *   place FLAGS PATH       a mount of its own at PATH. FLAGS: "w" files may be changed, "x" files may be
 *                          run and mapped executable, "wx", "-" neither. "/" stands for every mount there is
 *   hide PATH              PATH keeps its name; nobody can open, list or change what is there
 *   socket PATH            the same for a unix socket of others; one that went away meanwhile is no fault
 *   veil PATH              an empty directory over PATH, with what the "keep" lines behind it name put back
 *   keep PATH
 *   private PATH           the same, writable: the run's own, gone with it
 *   proc                   a /proc that shows the run's own processes only
 *   terminals              a /dev/pts of the run's own
 *   scan PATH              look under PATH for the names below, before the start
 *   skip PATH              … but not under this one
 *   name ACTION NAME       a file or directory of that name: ACTION "hide", or "freeze": read-only
 *   suffix ACTION .EXT     a file whose name ends so
 *   leave PATH             no questions about opens below PATH …
 *   guard PATH             opens below PATH are refused by name and place, whenever the files come to be (guard.h);
 *                          not below a "leave" within it
 *   watch ACTION PATH      by the guard alone: PATH is not there yet
 *   allow RIGHTS PATH      Landlock. RIGHTS: r read files, d list directories, x execute, w write files,
 *                          m make, remove and move names, i control devices
 *   scope WHAT             Landlock: "abstract" unix sockets, "signal": none outside the run
 *   privilege NAME         a name under the policy's `privileged`: lifts what docs/walls.md says
 *   local-sockets          unix sockets may be made
 *   memory                 memfd_create is left to the kernel, whose programs judge what of it is mapped and run
 *   hold WHAT              "exec": each waits for the parent's word; "files": granted opens are performed
 *   end                    last: nothing stands behind it
 */
#ifndef WARDER_LAUNCHER_WALLS_H
#define WARDER_LAUNCHER_WALLS_H

#include <stdbool.h>
#include <stddef.h>

/* More is refused: a policy has at most some thousand rows, a path at most PATH_MAX bytes. */
#define WALLS_BYTES	(2U << 20)
#define WALLS_STEPS	16384U

enum wall_kind {
	WALL_PLACE,
	WALL_HIDE,
	WALL_SOCKET,
	WALL_VEIL,
	WALL_KEEP,
	WALL_PRIVATE,
	WALL_PROC,
	WALL_TERMINALS,
	WALL_SCAN,
	WALL_SKIP,
	WALL_NAME,
	WALL_SUFFIX,
	WALL_LEAVE,
	WALL_GUARD,
	WALL_WATCH,
	WALL_ALLOW,
	WALL_SCOPE,
	WALL_PRIVILEGE,
	WALL_LOCAL_SOCKETS,
	WALL_MEMORY,
	WALL_HOLD,
	WALL_KINDS,
};

enum wall_place { PLACE_WRITE = 1 << 0, PLACE_RUN = 1 << 1 };
enum wall_action { ACTION_HIDE, ACTION_FREEZE };
enum wall_right {
	RIGHT_READ = 1 << 0,
	RIGHT_LIST = 1 << 1,
	RIGHT_EXECUTE = 1 << 2,
	RIGHT_WRITE = 1 << 3,
	RIGHT_NAMES = 1 << 4,
	RIGHT_DEVICE = 1 << 5,
};
enum wall_hold { HOLD_EXEC = 1 << 0, HOLD_FILES = 1 << 1 };
enum wall_scope { SCOPE_ABSTRACT = 1 << 0, SCOPE_SIGNAL = 1 << 1 };

/* As `enum privilege` in bpf/policy.h; the same names. */
enum wall_privilege {
	LIFT_RAW_SOCKET = 1 << 0,
	LIFT_IO_URING = 1 << 1,
	LIFT_PTRACE = 1 << 2,
	LIFT_MOUNT = 1 << 3,
	LIFT_USERNS = 1 << 4,
	LIFT_BPF = 1 << 5,
	LIFT_MODULE = 1 << 6,
	LIFT_SIGNAL = 1 << 7,
	LIFT_MEMORY = 1 << 16,	/* by a line of its own: no policy names it */
};

/* One line of the description, in its order. Strings live in the description's buffer. */
struct wall {
	enum wall_kind kind;
	unsigned int flags;	/* of the enum that belongs to the kind */
	const char *text;	/* a path, a name or an extension */
};

struct names;

struct walls {
	char *buffer;
	struct wall *steps;
	size_t count;
	unsigned int privileges;
	unsigned int scopes;
	unsigned int holds;
	bool local_sockets;
	bool wanted[WALL_KINDS];	/* whether there is one of the kind */
	bool freezes;		/* some name, or place to come, may be read and not written */
	struct names *names;	/* names.h */
};

/* What was put up; told to the parent. */
struct walls_report {
	int landlock_abi;
	unsigned int rules;		/* of Landlock */
	unsigned int mounts;
	unsigned int masked;		/* by name, in the scan */
	unsigned int scanned;		/* directory entries looked at */
	unsigned int guarded;		/* mounts with permission events */
	bool scan_cut;			/* the scan met its bound: later places were not looked at */
};

/*
 * Read a description to its end from `fd`, which is closed. NULL, or the fault as a
 * sentence; `*about` is the word it speaks of, or "".
 */
const char *walls_read(struct walls *walls, int fd, const char **about);

#endif
