/**
 * What this host can do about each category of a policy, by which programs its kernel takes.
 *
 * In:     names of the programs that are loaded.
 * Out:    per category what a refusal comes to, by which mechanism, and what it does not cover.
 *         `unmeasured`: nothing here sees such an action at all.
 */
import type { OutcomeName } from './events.ts';

export type Strength = Exclude<OutcomeName, 'done'> | 'unmeasured';

export interface Mechanism {
  category: string;
  strength: Strength;
  /** `lsm`, `cgroup`, `exec-kill`, `open-kill`; empty for unmeasured. */
  by: string;
  /** What the category names and the mechanism does not see. */
  gaps: readonly string[];
}

interface Choice extends Omit<Mechanism, 'category'> {
  /** All of these must be loaded. */
  programs: readonly string[];
}

/**
 * Gaps that no rule of a policy speaks of: `read` is opening and listing, `load` is files mapped executable. They are said,
 * and are no reason to refuse a policy that demands prevention of what its rules speak of.
 */
export const UNRULED = {
  stat: 'stat and readlink',
  processes: "what /proc says of the run's own other processes",
  memory: 'code that a process makes in its own memory',
} as const;

const UNMEASURED: Choice = { strength: 'unmeasured', by: '', gaps: [], programs: [] };

/** Strongest first; the first whose programs are all there is taken. */
const CHOICES: Readonly<Record<string, readonly Choice[]>> = {
  exec: [
    { strength: 'prevented', by: 'lsm', gaps: [], programs: ['guard_exec'] },
    {
      strength: 'prevented',
      by: 'exec-kill',
      gaps: ['a script itself: its interpreter is judged'],
      programs: ['on_exec'],
    },
  ],
  read: [
    { strength: 'prevented', by: 'lsm', gaps: [UNRULED.stat], programs: ['guard_open'] },
    {
      strength: 'terminated',
      by: 'open-kill',
      gaps: [
        'opens by io_uring, and by 32-bit and x32 programs',
        'what another thread does with the descriptor before the process ends',
      ],
      programs: ['on_syscall'],
    },
  ],
  write: [
    {
      strength: 'prevented',
      by: 'lsm',
      gaps: [],
      programs: ['guard_open', 'guard_unlink', 'guard_rename', 'guard_setattr', 'guard_setxattr'],
    },
    {
      strength: 'terminated',
      by: 'open-kill',
      gaps: [
        'truncation and creation by the open itself',
        'names and metadata: unlink, rename, link, mkdir, chmod, chown',
        'opens by io_uring, and by 32-bit and x32 programs',
      ],
      programs: ['on_syscall'],
    },
  ],
  load: [
    { strength: 'prevented', by: 'lsm', gaps: [], programs: ['guard_mmap', 'guard_mprotect'] },
    UNMEASURED,
  ],
  connect: [
    {
      strength: 'prevented',
      by: 'cgroup+lsm',
      gaps: [],
      programs: [
        'on_connect4',
        'on_connect6',
        'on_sendmsg4',
        'on_sendmsg6',
        'on_route',
        'guard_unix_connect',
      ],
    },
    {
      strength: 'prevented',
      by: 'cgroup',
      gaps: ['unix sockets'],
      programs: ['on_connect4', 'on_connect6', 'on_sendmsg4', 'on_sendmsg6', 'on_route'],
    },
    UNMEASURED,
  ],
  listen: [
    {
      strength: 'prevented',
      by: 'cgroup+lsm',
      gaps: [],
      programs: ['on_bind4', 'on_bind6', 'guard_listen'],
    },
    {
      strength: 'prevented',
      by: 'cgroup',
      gaps: ['listen(2) on a port that the kernel picks', 'unix sockets'],
      programs: ['on_bind4', 'on_bind6'],
    },
    UNMEASURED,
  ],
  privileged: [
    {
      strength: 'prevented',
      by: 'cgroup+lsm',
      gaps: [],
      programs: ['on_sock_create', 'guard_mount', 'guard_bpf', 'guard_capable', 'guard_anonymous'],
    },
    {
      strength: 'prevented',
      by: 'cgroup',
      gaps: ['everything but raw sockets'],
      programs: ['on_sock_create'],
    },
    UNMEASURED,
  ],
};

/**
 * Programs that a stronger one makes needless: with LSM an open is seen and judged before it happens, so the
 * costlier look at its return is left out, and no open is told twice.
 */
const SUPERSEDED: Readonly<Record<string, readonly string[]>> = {
  guard_open: ['on_syscall'],
  guard_kill: ['on_signal'],
};

/** Run by the runtime itself (bpf/content.bpf.c, bpf/names.bpf.c). */
const CALLED: readonly string[] = ['content_note', 'asker_of'];

/** Attached by itself, and only while it is wanted: it sees every packet of the host (bpf/egress.bpf.c). */
export const EGRESS_PROGRAM = 'on_egress';

/** Of the programs that this kernel took, those to attach. */
export function programsToAttach(loaded: readonly string[]): string[] {
  const needless = new Set([...CALLED, EGRESS_PROGRAM, ...loaded.flatMap((name) => SUPERSEDED[name] ?? [])]);
  return loaded.filter((name) => !needless.has(name));
}

export interface Stronger extends Pick<Mechanism, 'strength' | 'by'> {
  /** Programs that it needs and that are not loaded. */
  missing: readonly string[];
}

/** What would be stronger for a category than what these programs come to, strongest first. */
export function strongerChoices(category: string, programs: readonly string[]): Stronger[] {
  const stronger: Stronger[] = [];
  for (const { strength, by, programs: needed } of CHOICES[category] ?? []) {
    const missing = needed.filter((name) => !programs.includes(name));
    if (missing.length === 0) break;
    stronger.push({ strength, by, missing });
  }
  return stronger;
}

export function mechanisms(programs: readonly string[]): Mechanism[] {
  const loaded = new Set(programs);
  return Object.entries(CHOICES).map(([category, choices]) => {
    const choice = choices.find((candidate) => candidate.programs.every((name) => loaded.has(name)));
    const { strength, by, gaps } = choice ?? UNMEASURED;
    return { category, strength, by, gaps };
  });
}
