/**
 * What a policy, as somebody edits it, would have changed of what was recorded last: the question of `warder policy what-if`,
 * for the page.
 *
 * In:  the text of one or several documents. They stand in the place of those of the same name; all others stay.
 * Out: faults, and nothing else where there are any; or by agent and rule what would be newly refused or allowed.
 * Events and runs are read with the session's key, by the RPCs. Paths of rules are taken as written: links are of hosts.
 * Bounds: EVENTS, RUNS, one question of a session at a time; between pages others have the thread.
 */
import type { Client } from '@grpc/grpc-js';
import { toLong } from '../../contract/int64.ts';
import { type Event, type RunSummary, Verdict } from '../../contract/messages.ts';
import { layerName, readPolicy } from '../../contract/policy.ts';
import { policyService } from '../../contract/policy-service.ts';
import { queryService } from '../../contract/query-service.ts';
import { targetOf } from '../../contract/target.ts';
import { requestUnary } from '../../contract/unary.ts';
import { prepare, type ReadyPolicy } from '../policy/decide.ts';
import { type PolicyDocument, parsePolicyFile } from '../policy/document.ts';
import { effectivePolicy } from '../policy/layers.ts';
import { type Redecision, redecide } from '../policy/redecide.ts';
import { type Caller, Failure, failureOf, metadataOf } from './calls.ts';

const EVENTS = 10_000;
const PAGE = 500;
const RUNS = 500;
const DAYS = 7;
const EXAMPLES = 3;
const GROUPS = 200;
/** Kinds that a policy decides about. */
const KINDS = ['exec', 'open', 'change', 'load', 'network', 'privileged'];

export interface WhatIf {
  faults: { line: number; column: number; message: string; fix: string }[];
  groups: Group[];
  same: number;
  undecided: number;
  events: number;
  /** More events are there, older ones. */
  more: boolean;
}

interface Group {
  agent: string;
  difference: string;
  category: string;
  after: string;
  why: string;
  count: number;
  examples: string[];
}

type Rerun = ReadyPolicy | string;

const asking = new WeakSet<object>();

export async function whatIf(
  text: string,
  documents: readonly PolicyDocument[],
  caller: Caller & { client: Client },
): Promise<WhatIf> {
  if (asking.has(caller.session)) {
    throw new Failure(429, 'CONSOLE_BUSY', 'one such question at a time', 'wait for the answer');
  }
  asking.add(caller.session);
  try {
    return await answer(text, documents, caller);
  } finally {
    asking.delete(caller.session);
  }
}

async function answer(text: string, documents: readonly PolicyDocument[], caller: Caller): Promise<WhatIf> {
  // What is in force shows in the answer: who may not read policy is refused here.
  await ask(caller, policyService.listPolicies, {});
  const { documents: edited, faults } = parsePolicyFile(text, 'edited');
  const found: WhatIf = { faults: [], groups: [], same: 0, undecided: 0, events: 0, more: false };
  if (faults.length > 0) {
    found.faults = faults.map(({ line, column, message, fix }) => ({ line, column, message, fix }));
    return found;
  }
  const names = new Set(edited.map(layerName));
  const rerun = new Reruns([...documents.filter((one) => !names.has(layerName(one))), ...edited]);
  const { runs } = await ask(caller, queryService.listRuns, { pageSize: RUNS });
  const known = new Map((runs ?? []).map((run) => [run.run ?? '', run]));
  const groups = new Map<string, Group>();
  const sinceUnixNs = toLong(BigInt(Date.now() - DAYS * 86_400_000) * 1_000_000n);
  let pageToken = '';
  do {
    const request = { filter: { kinds: KINDS }, newestFirst: true, sinceUnixNs, pageSize: PAGE, pageToken };
    const page = await ask(caller, queryService.query, request);
    for (const { event } of page.events ?? []) {
      const run = known.get(event?.run ?? '');
      if (event && run) count(found, groups, run, event, rerun.of(run));
    }
    found.events += page.events?.length ?? 0;
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '' && found.events < EVENTS);
  found.more = pageToken !== '';
  found.groups = [...groups.values()].sort((a, b) => b.count - a.count).slice(0, GROUPS);
  return found;
}

/** Policies made ready, for the runs of the question. */
class Reruns {
  readonly #documents: readonly PolicyDocument[];
  readonly #made = new Map<string, Rerun>();

  constructor(documents: readonly PolicyDocument[]) {
    this.#documents = documents;
  }

  of({ run, agent, started }: RunSummary): Rerun {
    const workspace = started?.workspace ?? '';
    const key = JSON.stringify([agent, workspace, run]);
    const made = this.#made.get(key) ?? this.#make(agent ?? '', workspace, run ?? '');
    this.#made.set(key, made);
    return made;
  }

  #make(agent: string, workspace: string, run: string): Rerun {
    const effective = effectivePolicy(this.#documents, agent);
    if ('refusal' in effective) return effective.refusal;
    try {
      // The user's home is of the host; rules that begin there stay as they are written.
      const variables = {
        ...(workspace ? { workspace } : {}),
        home: '/home/agent',
        run: `/run/warder/${run}`,
      };
      return prepare(readPolicy({ ...effective.policy, agent }), { variables });
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function count(
  found: WhatIf,
  groups: Map<string, Group>,
  { agent }: RunSummary,
  event: Event,
  rerun: Rerun,
): void {
  const again = typeof rerun === 'string' ? refusedWhole(rerun, event) : redecide(rerun, event);
  if (!again) return;
  const { difference, category, after = '', why } = again;
  if (difference === 'same') found.same++;
  if (difference === 'undecided') found.undecided++;
  if (difference === 'same' || difference === 'undecided') return;
  const key = JSON.stringify([agent, difference, category, after, why]);
  const group = groups.get(key) ?? {
    agent: agent ?? '',
    difference,
    category,
    after,
    why,
    count: 0,
    examples: [],
  };
  group.count++;
  const example = targetOf(event);
  if (group.examples.length < EXAMPLES && !group.examples.includes(example)) group.examples.push(example);
  groups.set(key, group);
}

function refusedWhole(why: string, event: Event): Redecision | undefined {
  const verdict = event.decision?.verdict;
  if (!verdict) return undefined;
  const refused = verdict !== Verdict.VERDICT_ALLOW;
  return {
    difference: refused ? 'same' : 'newly refused',
    before: refused ? 'deny' : 'allow',
    after: 'deny',
    why,
    category: event.decision?.category ?? '',
    rule: null,
  };
}

async function ask<Q, R>(
  caller: Caller,
  method: Parameters<typeof requestUnary<Q, R>>[1],
  request: Q,
): Promise<R> {
  try {
    return await requestUnary(caller.client, method, request, metadataOf(caller));
  } catch (error) {
    throw failureOf(error as Error, method.path);
  }
}
