/** What a process spends from one moment on: for servers that a benchmark forks, so that the load's own cost is not theirs. */
import { readFileSync } from 'node:fs';

export interface Spent {
  /** Of all its threads. */
  userMs: number;
  systemMs: number;
  /** How long its main thread was ready to run and did not (proc(5), schedstat): what other work on the machine took. */
  waitedMs: number;
}

/** Begins; each call of what it returns tells what was spent since. */
export function spending(): () => Spent {
  const cpu = process.cpuUsage();
  const before = waitedMs();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { userMs: user / 1000, systemMs: system / 1000, waitedMs: waitedMs() - before };
  };
}

function waitedMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}
