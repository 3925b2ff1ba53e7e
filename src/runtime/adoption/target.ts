/**
 * What is to be adopted, in the kernel's terms.
 *
 * In:     a cgroup, systemd unit, container, executable or process, as people name it.
 * Out:    rows for the kernel's maps of adoption; processes to be labelled by number.
 * Throws: RUN_ADOPT for what is not there, would take Warder itself or the whole host in, or cannot be told apart.
 */
import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { Adoption } from '../../kernel/tasks.ts';
import { cgroupOf, isWithin, searchCgroups } from './cgroups.ts';

export type AdoptionTarget =
  /** A process, with all that it has started. */
  | { pid: number }
  /** A directory of cgroup2, by its path there or on the host; one that is not there yet is waited for. */
  | { cgroup: string }
  /** A systemd unit; one that does not run yet is waited for. */
  | { unit: string }
  /** A container that runs, by at least 12 digits of its id. */
  | { containerId: string }
  /** One that its engine tells of, by its whole id and the cgroup that it has or will have. */
  | { container: { id: string; path: string } }
  /** A program, by its file: who runs it, and who will. A script's file is its interpreter's. */
  | { exe: string };

export interface ResolvedTarget {
  /** For people. */
  what: string;
  adoptions: Adoption[];
  /** To be labelled with their descendants. */
  pid?: number;
}

const UNIT = /^[A-Za-z0-9:_.@\\-]+\.(service|scope|slice)$/;
const CONTAINER = /^[0-9a-f]{12,64}$/;
const SHORT_ID = 12;

export function resolveTarget(target: AdoptionTarget, cgroup2: string): ResolvedTarget {
  if ('pid' in target) return processTarget(target.pid);
  if ('exe' in target) return programTarget(target.exe);
  if ('cgroup' in target)
    return cgroupTarget(`cgroup ${target.cgroup}`, cgroupPath(target.cgroup, cgroup2), cgroup2);
  if ('unit' in target) return cgroupTarget(`unit ${target.unit}`, unitPath(target.unit, cgroup2), cgroup2);
  if ('container' in target) {
    return cgroupTarget(containerName(target.container.id), target.container.path, cgroup2);
  }
  const path = containerPath(target.containerId, cgroup2);
  const container = cgroupTarget(containerName(idIn(path)), path, cgroup2);
  // Its id comes once: nothing is waited for.
  return { ...container, adoptions: container.adoptions.filter((adoption) => 'cgroup' in adoption) };
}

/** As engines show ids to people. */
export function containerName(id: string): string {
  return `container ${id.slice(0, SHORT_ID)}`;
}

function processTarget(pid: number): ResolvedTarget {
  if (!Number.isInteger(pid) || pid <= 1) throw refused(`process ${pid}`, 'cannot be an agent');
  for (let at = process.pid; at > 1; at = parentOf(at)) {
    if (at === pid) throw refused(`process ${pid}`, 'is Warder itself, or has started it');
  }
  if (!statSync(`/proc/${pid}`, { throwIfNoEntry: false })) throw refused(`process ${pid}`, 'is not there');
  return { what: `process ${pid}`, adoptions: [], pid };
}

function programTarget(path: string): ResolvedTarget {
  if (!isAbsolute(path)) throw refused(`program ${path}`, 'is not an absolute path');
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!file?.isFile()) throw refused(`program ${path}`, 'is not a file');
  const own = statSync(process.execPath, { bigint: true });
  if (own.ino === file.ino && own.dev === file.dev) {
    throw refused(`program ${path}`, 'is what Warder itself runs on: it would be its own agent');
  }
  if (isScript(path)) {
    throw refused(
      `program ${path}`,
      'is a script: the kernel runs its interpreter; adopt it by unit or cgroup',
    );
  }
  return { what: `program ${path}`, adoptions: [{ inode: file.ino, device: file.dev }] };
}

/** By its first two bytes: whoever may change the file chooses how many more there are. */
function isScript(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const begin = Buffer.alloc(2);
    return readSync(file, begin) === 2 && begin.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}

/** `path` begins at cgroup2's root. It is known by its name too, for the next one of it. */
function cgroupTarget(what: string, path: string, cgroup2: string): ResolvedTarget {
  const level = path.split('/').filter(Boolean).length;
  if (level === 0) throw refused(what, "is cgroup2's root: that would be every process of the host");
  for (const pid of ['self', '1']) {
    if (isWithin(cgroupOf(pid), path)) {
      throw refused(what, pid === '1' ? 'has process 1 in it' : 'has Warder itself in it');
    }
  }
  const directory = statSync(join(cgroup2, path), { bigint: true, throwIfNoEntry: false });
  const there: Adoption[] = directory ? [{ cgroup: directory.ino, level }] : [];
  return { what, adoptions: [{ path }, ...there] };
}

function cgroupPath(given: string, cgroup2: string): string {
  const path = given === cgroup2 || given.startsWith(`${cgroup2}/`) ? `/${relative(cgroup2, given)}` : given;
  const parts = path.split('/').filter(Boolean);
  if (!isAbsolute(path) || parts.includes('..') || parts.includes('.')) {
    throw refused(`cgroup ${given}`, 'is not an absolute path');
  }
  return `/${parts.join('/')}`;
}

/** Where it is, or where systemd will put it. */
function unitPath(unit: string, cgroup2: string): string {
  if (!UNIT.test(unit)) throw refused(`unit ${unit}`, 'is no name of a service, scope or slice');
  const named = searchCgroups(cgroup2, (name) => name === unit);
  const ofSystem = named.filter(isSystemUnit);
  const found = ofSystem.length > 0 ? ofSystem : named;
  if (found.length > 1) throw refused(`unit ${unit}`, `is there ${found.length} times: ${found.join(', ')}`);
  if (found[0] !== undefined) return found[0];
  const [, template] = /^([^@]+)@[^@]*\.service$/.exec(unit) ?? [];
  // systemd.slice(5): a hyphen in a slice's name is a level.
  if (template !== undefined)
    return `/system.slice/system-${template.replaceAll('-', '\\x2d')}.slice/${unit}`;
  return unit.endsWith('.slice') ? `/${slicePath(unit)}` : `/system.slice/${unit}`;
}

/**
 * Of the system's manager: above it are slices only, and not a user's. Whoever has a cgroup delegated may call
 * directories in it as they like.
 */
export function isSystemUnit(path: string): boolean {
  const above = path.split('/').slice(1, -1);
  return above[0] !== 'user.slice' && above.every((name) => name.endsWith('.slice'));
}

/** a-b.slice is a.slice/a-b.slice */
export function slicePath(slice: string): string {
  const parts = slice.slice(0, -'.slice'.length).split('-');
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`).join('/');
}

/** `docker-<id>.scope`, `libpod-<id>.scope`, `cri-containerd-<id>.scope`, `<id>`. */
function containerPath(id: string, cgroup2: string): string {
  if (!CONTAINER.test(id))
    throw refused(
      `container ${id}`,
      'is none that an engine of this host knows by that name, and no id: 12 to 64 hexadecimal digits',
    );
  const named = new RegExp(`^(?:[a-z-]+-)?${id}[0-9a-f]*(?:\\.scope)?$`);
  const found = searchCgroups(cgroup2, (name) => named.test(name));
  // A runtime may keep a second directory inside; the outer one has all.
  const outer = found.filter((path) => !found.some((other) => other !== path && isWithin(path, other)));
  if (outer.length === 1) return outer[0]!;
  throw refused(
    `container ${id}`,
    outer.length === 0 ? 'does not run here' : `is several: ${outer.join(', ')}`,
  );
}

function idIn(path: string): string {
  return /[0-9a-f]{12,64}(?=(?:\.scope)?$)/.exec(path)?.[0] ?? path;
}

function parentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
}

function refused(what: string, why: string): WarderError {
  return new WarderError(
    'RUN_ADOPT',
    `${what} cannot be adopted: it ${why}`,
    'name a cgroup, unit, container, program or process of the agent alone',
  );
}
