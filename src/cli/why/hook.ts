/**
 * For coding agents that run a command after each tool and take JSON from it: what was refused since the last time
 * goes to the model as additional context. Nothing new, nothing said.
 *
 * In:  the hook's JSON on stdin; of it `hook_event_name` is given back (Claude Code: PostToolUse, PostToolUseFailure).
 * Out: one line of JSON, or none.
 * What was told already is remembered in a file of the run's user under TMPDIR. An entry that only repeats is told
 * again when its count has grown tenfold: a loop fills no context. Where nothing can be remembered, what is RECENT_MS
 * old is told.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { Refusal, WhyDocument } from '../../runtime/why/words.ts';
import { askWhy } from './ask.ts';
import { refusalLines } from './text.ts';

const RECENT_MS = 30_000;
/** In one answer; the newest. */
const TOLD_MOST = 5;

/** By entry: how often it had been refused when it was told last. */
type Told = Record<string, number>;

export async function hookAnswer(): Promise<string[]> {
  const event = eventName(await textOf(process.stdin));
  const why = await askWhy();
  const fresh = untold(why);
  if (fresh.length === 0) return [];
  const shown = fresh.slice(-TOLD_MOST);
  const more = fresh.length - shown.length;
  const lines = [
    'Warder refused actions of this run:',
    ...shown.flatMap(refusalLines),
    ...(more > 0 ? [`and ${more} more: warder why`] : []),
  ];
  const hookSpecificOutput = { hookEventName: event, additionalContext: lines.join('\n') };
  return [JSON.stringify({ hookSpecificOutput })];
}

function eventName(input: string): string {
  try {
    const { hook_event_name } = JSON.parse(input) as { hook_event_name?: unknown };
    if (typeof hook_event_name === 'string' && /^\w{1,64}$/.test(hook_event_name)) return hook_event_name;
  } catch {
    // A caller without input wants the same.
  }
  return 'PostToolUse';
}

function untold({ run, refusals: all }: WhyDocument): Refusal[] {
  const refusals = all.filter((refusal) => !isTrial(refusal));
  const memory = openMemory(run);
  if (memory === undefined) {
    return refusals.filter(({ last }) => Date.now() - Date.parse(last) < RECENT_MS);
  }
  try {
    const told = remembered(memory);
    const fresh = refusals.filter((refusal) => refusal.count >= 10 * (told[keyOf(refusal)] ?? 0.1));
    const now = Object.fromEntries(
      refusals.map((refusal) => [
        keyOf(refusal),
        fresh.includes(refusal) ? refusal.count : told[keyOf(refusal)],
      ]),
    );
    ftruncateSync(memory);
    writeSync(memory, JSON.stringify(now), 0);
    return fresh;
  } finally {
    closeSync(memory);
  }
}

/** Language runtimes ask for it at their start, and go on without it. */
function isTrial({ category, target }: Refusal): boolean {
  return category === 'privileged' && target === 'io_uring';
}

/** An entry keeps the time of its first refusal. */
function keyOf({ category, target, outcome, first }: Refusal): string {
  return `${first} ${outcome} ${category} ${target}`;
}

function openMemory(run: string): number | undefined {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const path = join(tmpdir(), `.warder-why-${run}`);
    const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const status = fstatSync(file);
    if (status.isFile() && status.uid === process.geteuid!()) return file;
    closeSync(file);
  } catch {
    // Its directory is not for writing, or somebody else's file is in the way.
  }
  return undefined;
}

function remembered(file: number): Told {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Told;
  } catch {
    return {}; // empty: it is the first time
  }
}
