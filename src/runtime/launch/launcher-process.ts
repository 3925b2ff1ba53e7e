/**
 * The launcher as a child of this process, started by the addon: node's own way is fork(2), which in a runtime takes longer
 * than all that the launcher does.
 *
 * In:     its words; descriptors that become its 0, 1 and 2; bytes that it finds behind further ones, whole.
 * Out:    its control channel, which is its descriptor 3; how it ended.
 * Throws: WarderError KERNEL_SPAWN where it cannot be started; TypeError for a word that no program can be given.
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { type ChildEnd, loadAddon } from '../../kernel/addon.ts';
import { explaining } from '../../kernel/kernel-error.ts';

export const CONTROL_FD = 3;
/** The first of `files`; the others behind it. */
export const FIRST_FILE_FD = CONTROL_FD + 1;

const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 1000;

export interface LauncherProcess {
  control: Socket;
  /** Resolves when it has ended, and the control channel is closed. */
  ended: Promise<ChildEnd>;
}

export function startLauncher(
  program: string,
  words: readonly string[],
  standard: readonly [number, number, number],
  files: readonly Buffer[],
): LauncherProcess {
  if (words.some((word) => word.includes('\0'))) throw new TypeError('a word of a command holds a NUL');
  const addon = loadAddon();
  const theirs: number[] = [];
  let ours = -1;
  let pid: number;
  try {
    const channel = explaining(() => addon.makeChannel());
    ours = channel.ours;
    theirs.push(channel.theirs);
    for (const bytes of files) theirs.push(explaining(() => addon.makeMemoryFile(bytes)));
    const given = Buffer.from(words.map((word) => `${word}\0`).join(''));
    pid = explaining(() => addon.spawnProgram(program, given, [...standard, ...theirs]));
  } catch (error) {
    if (ours >= 0) closeSync(ours);
    throw error;
  } finally {
    for (const descriptor of theirs) closeSync(descriptor);
  }
  const control = new Socket({ fd: ours, readable: true, writable: true });
  const ended = Promise.withResolvers<ChildEnd>();
  control.once('close', () => lookFor(pid, FIRST_LOOK_MS, ended.resolve));
  return { control, ended: ended.promise };
}

/** Its end of the channel closes on its way out, right before it can be waited for; or we closed ours, and it goes on. */
function lookFor(pid: number, againMs: number, tell: (end: ChildEnd) => void): void {
  const end = loadAddon().childEnd(pid);
  if (end) tell(end);
  else setTimeout(() => lookFor(pid, Math.min(2 * againMs, LAST_LOOK_MS), tell), againMs).unref();
}
