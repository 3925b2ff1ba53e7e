/**
 * Signals to and from an agent: what Warder is sent goes on to the agent, and Warder ends as the agent did.
 */
import { constants } from 'node:os';
import type { ExitStatus } from '../runtime/launch/launcher.ts';

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** A terminal sends these to the whole foreground process group, the agent among it; kill(1) to us alone. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Signals that Warder dies of as the agent did. Others dump core or mean something to node: for those the
 * status is 128 + the signal's number, as a shell has it.
 */
const DIED_OF: ReadonlySet<number> = new Set([
  constants.signals.SIGHUP,
  constants.signals.SIGINT,
  constants.signals.SIGKILL,
  constants.signals.SIGTERM,
]);

export interface SignalRelay {
  /** From now on to this agent; what came before it was there comes now. */
  to(send: (signal: number, shared: boolean) => void): void;
  /** Signals mean to this process what they meant before. */
  close(): void;
}

/** @param terminal whether the agent shares this process's terminal, so that Ctrl-C may reach it without us */
export function relaySignals(terminal: boolean): SignalRelay {
  const waiting: [number, boolean][] = [];
  let send = (signal: number, shared: boolean): void => {
    waiting.push([signal, shared]);
  };
  const relay = (_name: NodeJS.Signals, signal: number): void => send(signal, false);
  const share = (_name: NodeJS.Signals, signal: number): void => send(signal, true);
  for (const name of FORWARDED) process.on(name, relay);
  for (const name of FROM_TERMINAL) process.on(name, terminal ? share : relay);
  return {
    to: (sink) => {
      send = sink;
      for (const [signal, shared] of waiting.splice(0)) sink(signal, shared);
    },
    close: () => {
      for (const name of [...FORWARDED, ...FROM_TERMINAL]) {
        process.off(name, relay);
        process.off(name, share);
      }
    },
  };
}

/** Ends this process as the agent's first process ended. All that must be written has been. */
export function endAs({ code, signal }: ExitStatus): void {
  if (signal === undefined) {
    process.exitCode = code ?? 0;
    return;
  }
  process.exitCode = 128 + signal;
  if (DIED_OF.has(signal)) process.kill(process.pid, signal);
}
