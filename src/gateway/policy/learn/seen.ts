/**
 * What runs did, each action once, with how often and by which programs.
 *
 * In:  recorded events, the variables of their runs.
 * Out: observations; counts of what is not learned from: refused actions, and those that were not recorded whole.
 * Bounded: OBSERVATIONS different actions; more are counted as `beyond`, and the policy says so.
 */
import { basename } from 'node:path';
import type { Action } from '../../../contract/action.ts';
import { type Event, Verdict } from '../../../contract/messages.ts';
import { treeContains, type Variables } from '../../../contract/path-pattern.ts';
import { actionsOf } from '../event-actions.ts';
import { isChangeable } from './places.ts';
import { StartedScripts } from './started-scripts.ts';

const OBSERVATIONS = 200_000;
const PROGRAMS = 4;

export interface Observation {
  action: Action;
  /** Of the run that it was seen in first. */
  variables: Variables;
  /** With `${variable}` in front where it lies in one; empty for what is no path. */
  path: string;
  count: number;
  /** Names of programs, the first few. */
  programs: Set<string>;
  /** How many different files or addresses one rule may stand for. */
  key: string;
}

export class Seen {
  readonly #observations = new Map<string, Observation>();
  readonly #scripts = new StartedScripts();
  refused = 0;
  unsure = 0;
  beyond = 0;
  events = 0;

  add(event: Event, variables: Variables): void {
    const { decision } = event;
    this.events++;
    if (decision?.verdict === Verdict.VERDICT_DENY || decision?.verdict === Verdict.VERDICT_HOLD) {
      this.refused++;
      return;
    }
    const { actions, unsure } = actionsOf(event);
    if (unsure) this.unsure++;
    for (const action of actions) this.#observe(action, event, variables);
    this.#followScripts(event, actions, variables);
  }

  /** A script that was started by a link is the file that the link led to. */
  #followScripts(event: Event, actions: readonly Action[], variables: Variables): void {
    const { exec, fileOpen, process } = event;
    const execId = process?.execId ?? '';
    const last = actions.at(-1);
    if (execId === '' || !last || !('path' in last) || !isChangeable(withVariable(last.path, variables)))
      return;
    if (exec?.script) this.#scripts.started(execId, last.path);
    if (!fileOpen?.read) return;
    const corrected = this.#scripts.opened(execId, last.path);
    if (!corrected) return;
    this.#takeBack(`exec ${withVariable(corrected.from, variables)}`);
    this.#observe({ category: 'exec', path: corrected.to }, event, variables);
  }

  #takeBack(key: string): void {
    const seen = this.#observations.get(key);
    if (seen && --seen.count === 0) this.#observations.delete(key);
  }

  get observations(): Observation[] {
    return [...this.#observations.values()];
  }

  #observe(action: Action, { process }: Event, variables: Variables): void {
    const path = 'path' in action ? withVariable(action.path, variables) : '';
    const key = `${action.category} ${path || targetKey(action)}`;
    let seen = this.#observations.get(key);
    if (!seen) {
      if (this.#observations.size >= OBSERVATIONS) {
        this.beyond++;
        return;
      }
      seen = { action, variables, path, count: 0, programs: new Set(), key };
      this.#observations.set(key, seen);
    }
    seen.count++;
    const program = basename(process?.executable ?? '');
    if (program && seen.programs.size < PROGRAMS) seen.programs.add(program);
  }
}

/** The longest variable that holds the path, so that a workspace in a home is the workspace. */
function withVariable(path: string, variables: Variables): string {
  let best: { name: string; value: string } | undefined;
  for (const name of ['workspace', 'run', 'home'] as const) {
    const value = variables[name];
    if (value && treeContains('subtree', value, path) && value.length > (best?.value.length ?? 0))
      best = { name, value };
  }
  return best ? `\${${best.name}}${path.slice(best.value.length)}` : path;
}

function targetKey(action: Action): string {
  if ('unix' in action) return action.unix;
  if ('privilege' in action) return action.privilege;
  if ('port' in action)
    return `${action.protocol} ${action.host ?? ''} ${[...(action.address ?? [])].join('.')} ${action.port}`;
  return '';
}
