/**
 * Runs a command under a policy through bin/warder, as a user would, on the real kernel.
 *
 * Out: how it ended, what it printed, and every event of its run as JSON (docs/events.md), the summary apart.
 *      Each run has a directory of its own with `workspace/` and `state/`; `cleanUp` takes all of them away.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { policyText } from '../policy-text.ts';
import { removeTree } from '../remove-tree.ts';

export const WARDER = fileURLToPath(new URL('../../bin/warder', import.meta.url));

export interface Place {
  directory: string;
  workspace: string;
  state: string;
  policy: string;
  events: string;
}

export interface JsonEvent {
  run?: string;
  process?: { pid?: number; executable?: string; execId?: string; parentExecId?: string };
  decision?: {
    verdict?: string;
    outcome?: string;
    reason?: string;
    category?: string;
    rule?: { pattern?: string; because?: string };
    would?: { verdict?: string };
  };
  redactions?: { kind: string; count: number }[];
  exec?: { path?: string; argv?: string[]; workingDirectory?: string };
  exited?: { code?: number; signal?: number };
  forked?: object;
  fileOpen?: { path?: string; read?: boolean; write?: boolean };
  network?: { kind?: string; protocol?: string; address?: string; port?: number; name?: string };
  nameLookup?: {
    name?: string;
    type?: string;
    server?: string;
    code?: string;
    addresses?: string[];
    aliases?: string[];
    removed?: string[];
    cached?: boolean;
  };
  contextChange?: {
    operation?: string;
    uid?: number;
    effectiveUid?: number;
    gid?: number;
    effectiveGid?: number;
    namespaces?: string[];
    name?: string;
    targetPid?: number;
  };
  privileged?: { privilege?: string; detail?: number; targetPid?: number };
  loss?: { counts: { kind: string; cause: string; records: string }[] };
  runStarted?: object;
  runEnded?: { code?: number; signal?: number; stragglers?: number };
  [other: string]: unknown;
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  events: JsonEvent[];
  place: Place;
}

const made: string[] = [];

/** A directory of its own, with the policy written into it. The workspace is open to every user. */
export function place(policy: string): Place {
  const directory = mkdtempSync(join(tmpdir(), 'warder-e2e-'));
  made.push(directory);
  const result = {
    directory,
    workspace: join(directory, 'workspace'),
    state: join(directory, 'state'),
    policy: join(directory, 'policy.yaml'),
    events: join(directory, 'events.jsonl'),
  };
  mkdirSync(result.workspace);
  writeFileSync(result.policy, policy);
  return result;
}

export function cleanUp(): void {
  for (const directory of made.splice(0)) removeTree(directory);
}

/** Starts `warder run`; stdio of the agent is piped. */
export function start(
  at: Place,
  command: readonly string[],
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' },
  /** Words in front of all: `nsenter …`. */
  within: readonly string[] = [],
): ChildProcess {
  const fixed = ['--policy', at.policy, '--workspace', at.workspace, '--state', at.state];
  const output = ['--json', '--output', at.events];
  const words = [...within, WARDER, 'run', ...fixed, ...output, ...options, '--', ...command];
  return spawn(words[0]!, words.slice(1), {
    cwd: at.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
}

export async function finished(child: ChildProcess, at: Place): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  child.stdout?.on('data', (chunk) => out.push(String(chunk)));
  child.stderr?.on('data', (chunk) => err.push(String(chunk)));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (...status) => resolve(status)),
  );
  return { code, signal, stdout: out.join(''), stderr: err.join(''), events: readEvents(at), place: at };
}

export function governed(
  policy: string,
  command: readonly string[],
  options: readonly string[] = [],
): Promise<Outcome> {
  const at = place(policy);
  return finished(start(at, command, options), at);
}

/** Every file below a directory. */
export function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Events only: the summary is the line with `summary`. */
export function readEvents(at: Place): JsonEvent[] {
  let text = '';
  try {
    text = readFileSync(at.events, 'utf8');
  } catch {
    return []; // the run never got so far
  }
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as JsonEvent).filter((event) => !('summary' in event));
}

/** A policy of one document, a team's where no scope is given; `rules` is YAML of the categories, two spaces in. */
export function policyOf(rules: string, mode = 'enforce', scope = 'team/e2e'): string {
  return policyText('e2e', scope, mode, rules);
}

/** What ordinary programs do: run, read the system, write the workspace. No network. */
export const ORDINARY = `  exec:
    - allow: [/usr/bin/**, /usr/sbin/**, /usr/lib/**, "\${workspace}/**"]
    - deny: /usr/bin/id
      because: who you are is not your business
  read:
    - allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, "\${workspace}/**"]
    - deny: "**/secret.txt"
      because: secrets stay
  write:
    - allow: ["\${workspace}/**", /dev/null, /dev/tty]
`;
