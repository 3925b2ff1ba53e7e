/**
 * A state directory of a service that runs as a user of its own, looked into by root: `sudo warder holds --state
 * /var/lib/warder-gateway`. What that user may have put there must not lead root anywhere, and what is made there must be
 * that user's: so the process acts as that user (effective ids; root remains its real one) while it looks.
 *
 * Ids are the whole process's: nothing else may be under way in it that minds them.
 * Throws: STATE_DIRECTORY, as state-dir.ts.
 */
import { lstatSync } from 'node:fs';
import {
  type Environment,
  findStateDirectory,
  type StateDirectoryUser,
  stateDirectoryUser,
} from './state-dir.ts';

interface Ids {
  uid: number;
  gid: number;
}

let actingAs: Ids | undefined;

/** Whose a state directory may be for this process: its own user's; for root, whoever's it is. */
export function stateDirectoryOwner(path: string, environment: Environment): StateDirectoryUser {
  const user = stateDirectoryUser(environment);
  return { ...user, uid: ownerOf(path)?.uid ?? user.uid };
}

/** Finds it, and acts as its owner from here on, until `leaveStateDirectory`. */
export function enterStateDirectory(path: string, environment: Environment): string | undefined {
  const owner = ownerOf(path);
  const found = findStateDirectory(path, stateDirectoryOwner(path, environment));
  if (found !== undefined && owner) {
    process.setgroups!([owner.gid]);
    become(owner);
    actingAs = owner;
  }
  return found;
}

export function leaveStateDirectory(): void {
  if (actingAs) become({ uid: 0, gid: 0 });
  actingAs = undefined;
}

/** As who gave the command: for files that they named. Nothing in it waits. */
export function asCaller<T>(work: () => T): T {
  if (!actingAs) return work();
  const owner = actingAs;
  become({ uid: 0, gid: 0 });
  try {
    return work();
  } finally {
    become(owner);
  }
}

/** Another's than root's, for root. */
function ownerOf(path: string): Ids | undefined {
  if (process.geteuid!() !== 0) return undefined;
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isDirectory() && status.uid !== 0 ? status : undefined;
}

/** Group before user: a user who is not root may not change groups. */
function become({ uid, gid }: Ids): void {
  if (uid !== 0) process.setegid!(gid);
  process.seteuid!(uid);
  if (uid === 0) process.setegid!(gid);
}
