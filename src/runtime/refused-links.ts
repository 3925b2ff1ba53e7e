/**
 * Refused calls whose name, as it was passed, no rule refuses: the name may lead elsewhere. The kernel program
 * tells them because it cannot follow a link; here the link is followed, and what it leads to is judged.
 *
 * In:  kernel events of failed calls (EVENT_AS_PASSED) whose names the policy allows, or says nothing of.
 * Out: the event as it is to be told, with what the name leads to now and the rule that refuses it; null where the
 *      policy has no part in that (ordinary permissions, most of the time).
 * What is told is not evidence of the very file: whoever may change the link may have changed it since. Nothing is
 * decided by it.
 * Bounds: LOOKUPS_MAX names under way; what comes beyond is told by the name alone or not at all.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Category } from '../contract/pattern.ts';
import type { ChangeEvent, ExecEvent, KernelEvent, OpenEvent } from '../kernel/events.ts';
import { enums } from '../kernel/generated/layout.ts';
import { EVENT_FLAG } from '../kernel/names.ts';
import type { MatchRuling } from './enforcement/decide-match.ts';
import type { PathJudge } from './enforcement/judge-path.ts';

const LOOKUPS_MAX = 64;
const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;

export type RefusedCallEvent = OpenEvent | ExecEvent | ChangeEvent;

/** Operations on the file that a name leads to; the others are about the name itself. */
const FOLLOWED: ReadonlySet<ChangeEvent['operation']> = new Set([
  'truncate',
  'mode',
  'owner',
  'times',
  'attribute',
]);

/** A failed call that the kernel program could not put down to a rule. */
export function isUnexplained(event: KernelEvent): event is RefusedCallEvent {
  return (
    (event.kind === 'open' || event.kind === 'exec' || event.kind === 'change') &&
    event.outcome === 'prevented' &&
    (event.ruling.verdict === 'allow' || event.ruling.reason === 'no_rule') &&
    (event.flags & EVENT_FLAG.EVENT_AS_PASSED) !== 0
  );
}

export class RefusedLinks {
  /** By name. One that is tried again and again, all in one batch, is followed once. */
  readonly #underWay = new Map<string, Promise<string>>();

  async explain(event: RefusedCallEvent, judge: PathJudge): Promise<RefusedCallEvent | null> {
    if (this.#underWay.size >= LOOKUPS_MAX && !this.#underWay.has(keyOf(event.path, isFollowed(event))))
      return null;
    const resolved = await this.#resolve(event);
    return resolved && judged(resolved, judge);
  }

  /** Null where no name leads anywhere else. */
  async #resolve(event: RefusedCallEvent): Promise<RefusedCallEvent | null> {
    const path = await this.#follow(event.path, isFollowed(event));
    if (event.kind !== 'change') return path === event.path ? null : { ...event, path };
    const target = event.target === '' ? '' : await this.#follow(event.target, false);
    return path === event.path && target === event.target ? null : { ...event, path, target };
  }

  #follow(path: string, last: boolean): Promise<string> {
    const key = keyOf(path, last);
    const looked = this.#underWay.get(key) ?? leadsTo(path, last).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, looked);
    return looked;
  }
}

function isFollowed(event: RefusedCallEvent): boolean {
  return event.kind !== 'change' || FOLLOWED.has(event.operation);
}

/** Absolute names begin with a slash. */
function keyOf(path: string, last: boolean): string {
  return last ? path : `name of ${path}`;
}

/** The path itself where nothing is there, or nothing that can be looked at. */
async function leadsTo(path: string, last: boolean): Promise<string> {
  try {
    if (last) return await realpath(path);
  } catch {
    // A name that is not there yet: its directory may be.
  }
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function judged(event: RefusedCallEvent, judge: PathJudge): RefusedCallEvent | null {
  const asked = actions(event).map(([category, path]) => ({ category, ...judge.judge(category, path) }));
  const worst = asked.reduce((a, b) => (gravity(b) > gravity(a) ? b : a));
  if (worst.ruling.verdict === 'allow') return null;
  const { CATEGORY_EXEC, CATEGORY_READ, CATEGORY_WRITE } = enums.category;
  const numbers: Partial<Record<Category, number>> = {
    exec: CATEGORY_EXEC,
    read: CATEGORY_READ,
    write: CATEGORY_WRITE,
  };
  return { ...event, ruling: worst.ruling, would: worst.would, category: numbers[worst.category]! };
}

function actions(event: RefusedCallEvent): [Category, string][] {
  if (event.kind === 'exec') return [['exec', event.path]];
  if (event.kind === 'open') {
    const access = event.openFlags & O_ACCMODE;
    const read: [Category, string][] = access === O_WRONLY ? [] : [['read', event.path]];
    return access === 0 ? read : [...read, ['write', event.path]];
  }
  const names = [event.path, event.target].filter((path) => path !== '');
  const moved: [Category, string][] = event.target === '' ? [] : [['read', event.path]];
  return [...names.map((path): [Category, string] => ['write', path]), ...moved];
}

function gravity({ ruling }: MatchRuling): number {
  return { none: 0, allow: 1, hold: 2, deny: 3 }[ruling.verdict];
}
