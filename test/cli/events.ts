/**
 * Events as a runtime makes them, for what the command shows of them.
 */
import { toLong } from '../../src/contract/int64.ts';
import {
  type Decision,
  type Event,
  type FileOpen,
  type NetworkAction,
  NetworkKind,
  Outcome,
  Reason,
  type RuleRef,
  Verdict,
} from '../../src/contract/messages.ts';

export const AGENT = 'spiffe://warder.local/local/demo/coder';
export const RUN = '018f2d3e-0000-7000-8000-000000000001';
const START_MS = 1_767_225_600_000;

export const NO_CURL: RuleRef = {
  layer: 'team/demo:coding-agent',
  category: 'exec',
  effect: 'deny',
  pattern: '/usr/bin/curl',
  because: 'agents do not download',
  file: 'policy.yaml',
  line: 12,
};

export const ALLOWED: Decision = { verdict: Verdict.VERDICT_ALLOW, outcome: Outcome.OUTCOME_DONE };

export function denied(outcome: Outcome, category: string, rule?: RuleRef): Decision {
  return {
    verdict: Verdict.VERDICT_DENY,
    outcome,
    category,
    ...(rule
      ? { reason: Reason.REASON_RULE, rule }
      : { reason: Reason.REASON_NO_RULE, layer: 'team/demo:coding-agent' }),
  };
}

/** @param atMs since the run began */
export function event(atMs: number, detail: Partial<Event>, executable = '/usr/bin/bash'): Event {
  return {
    timeUnixNs: toLong(BigInt(START_MS + atMs) * 1_000_000n),
    agent: AGENT,
    run: RUN,
    process: { execId: 'x', pid: 4711, tid: 4711, executable, comm: 'bash' },
    ...detail,
  };
}

export function exec(atMs: number, argv: string[], decision: Decision = ALLOWED): Event {
  const [path = ''] = argv;
  return event(atMs, { exec: { path, argv }, decision }, path);
}

export function open(atMs: number, path: string, how: Partial<FileOpen> = {}, decision = ALLOWED): Event {
  return event(atMs, { fileOpen: { path, read: true, ...how }, decision });
}

export function connect(atMs: number, to: Partial<NetworkAction>, decision = ALLOWED): Event {
  const network = {
    kind: NetworkKind.KIND_CONNECT,
    protocol: 'tcp',
    address: '127.0.0.1',
    port: 8080,
    ...to,
  };
  return event(atMs, { network, decision });
}

/** Of Warder itself: no process did it. */
export function own(atMs: number, detail: Partial<Event>): Event {
  const { process: _none, ...rest } = event(atMs, detail);
  return rest;
}
