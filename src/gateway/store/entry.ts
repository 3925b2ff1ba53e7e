/**
 * An event made ready for the log: its canonical bytes, and beside them what look-ups are made by.
 */
import { canonicalEvent } from '../../contract/canonical.ts';
import { toBigInt, toNumber } from '../../contract/int64.ts';
import type { Event } from '../../contract/messages.ts';

/** Kinds as consumers name them; the place in the list is the number in the database, so add at the end only. */
export const KINDS = [
  'none',
  'fork',
  'exec',
  'exit',
  'open',
  'network',
  'loss',
  'run',
  'notice',
  'change',
  'load',
  'privileged',
  'gateway',
  'usage',
  'lookup',
  'context',
] as const;
export type Kind = (typeof KINDS)[number];

export interface LogEntry {
  sequence: number;
  timeNs: bigint;
  /** SPIFFE ID; empty: none. */
  agent: string;
  run: string;
  kind: Kind;
  /** The contract's Verdict, in force and as it would be were every layer enforcing. */
  verdict: number;
  would: number;
  /** canonicalEvent */
  body: Uint8Array;
}

/** Throws CONTRACT_INTEGER for a sequence past 2^53. */
export function logEntry(event: Event): LogEntry {
  const verdict = event.decision?.verdict ?? 0;
  return {
    sequence: toNumber(event.sequence),
    timeNs: toBigInt(event.timeUnixNs),
    agent: event.agent ?? '',
    run: event.run ?? '',
    kind: kindOf(event),
    verdict,
    would: event.decision?.would?.verdict ?? verdict,
    body: canonicalEvent(event),
  };
}

export function kindOf(event: Event): Kind {
  if (event.fileOpen) return 'open';
  if (event.exec) return 'exec';
  if (event.forked) return 'fork';
  if (event.exited) return 'exit';
  if (event.network) return 'network';
  if (event.nameLookup) return 'lookup';
  if (event.fileChange) return 'change';
  if (event.load) return 'load';
  if (event.privileged) return 'privileged';
  if (event.contextChange) return 'context';
  if (event.loss) return 'loss';
  if (event.runStarted || event.runEnded) return 'run';
  if (event.gateway) return 'gateway';
  if (event.usage) return 'usage';
  return event.notice ? 'notice' : 'none';
}

/** The paths that an event is about: for path filters. */
export function pathsOf(event: Event): string[] {
  const paths: string[] = [];
  if (event.fileOpen?.path) paths.push(event.fileOpen.path);
  if (event.exec?.path) paths.push(event.exec.path);
  if (event.exec?.script) paths.push(event.exec.script);
  for (const path of [event.fileChange?.path, event.fileChange?.target, event.load?.path])
    if (path) paths.push(path);
  if (event.network?.address?.startsWith('/')) paths.push(event.network.address);
  return paths;
}
