/** What a process spends from one moment on: so that the cost of the load, and of what else the machine does, is not its own. */
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
  const before = ofThread('thread-self').waitedMs;
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      userMs: user / 1000,
      systemMs: system / 1000,
      waitedMs: ofThread('thread-self').waitedMs - before,
    };
  };
}

/** Shares of the time since, of a process's main thread: on a processor, and ready to run without one. The rest it slept. */
export interface Shares {
  ran: number;
  waited: number;
}

/** Begins; what it returns tells the shares of the time since. */
export function threadShares(pid: number): () => Shares {
  const since = performance.now();
  const before = ofThread(`${pid}`);
  return () => {
    const ms = performance.now() - since;
    const { ranMs, waitedMs } = ofThread(`${pid}`);
    return { ran: (ranMs - before.ranMs) / ms, waited: (waitedMs - before.waitedMs) / ms };
  };
}

function ofThread(thread: string): { ranMs: number; waitedMs: number } {
  const [ran, waited] = readFileSync(`/proc/${thread}/schedstat`, 'utf8').split(' ');
  return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 };
}
