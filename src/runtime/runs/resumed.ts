/**
 * What can still be found out about a run that another process began: the values that its agent holds secret, and
 * when and how it ends.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunCgroup } from '../launch/cgroup.ts';
import type { ExitStatus } from '../launch/launcher.ts';
import type { RunRecords } from './records.ts';

const POLL_MS = 200;
const SIGKILL = 9;

/** The environment of a process as it began; empty where it has ended. */
export function environmentOf(pid: number): Record<string, string> {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  } catch {
    return {};
  }
}

/**
 * Resolves when the first process of a run has ended. Its launcher says how; one that was killed has taken the
 * process with it.
 */
export async function endOf(
  run: string,
  cgroup: RunCgroup | null,
  records: RunRecords,
  signal: AbortSignal,
): Promise<ExitStatus> {
  for (;;) {
    const end = records.end(run);
    if (end) return end;
    if (!cgroup || cgroup.processes().length === 0) return records.end(run) ?? { signal: SIGKILL };
    await sleep(POLL_MS, undefined, { ref: false, signal });
  }
}
