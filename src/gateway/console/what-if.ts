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
import type { EffectivePolicy, RunSummary } from '../../contract/messages.ts';
import { layerName, readPolicy } from '../../contract/policy.ts';
import { policyService } from '../../contract/policy-service.ts';
import { queryService } from '../../contract/query-service.ts';
import { targetOf } from '../../contract/target.ts';
import { requestUnary } from '../../contract/unary.ts';
import { prepare, type ReadyPolicy } from '../policy/decide.ts';
import { Differences, type Group } from '../policy/differences.ts';
import { type PolicyDocument, parsePolicyFile } from '../policy/document.ts';
import { DECIDED_KINDS } from '../policy/event-actions.ts';
import { Reruns } from '../policy/reruns.ts';
import { type Caller, Failure, failureOf, metadataOf } from './calls.ts';

const EVENTS = 10_000;
const PAGE = 500;
const RUNS = 500;
const DAYS = 7;
const GROUPS = 200;

export interface WhatIf {
  faults: { line: number; column: number; message: string; fix: string }[];
  groups: Group[];
  same: number;
  undecided: number;
  events: number;
  /** More events are there, older ones. */
  more: boolean;
}

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
  const others = documents.filter((one) => !names.has(layerName(one)));
  const reruns = new Reruns([...others, ...edited], readyAnywhere);
  const { runs } = await ask(caller, queryService.listRuns, { pageSize: RUNS });
  const known = new Map((runs ?? []).map((run) => [run.run ?? '', run]));
  const differences = new Differences(targetOf);
  const sinceUnixNs = toLong(BigInt(Date.now() - DAYS * 86_400_000) * 1_000_000n);
  let pageToken = '';
  do {
    const request = {
      filter: { kinds: DECIDED_KINDS },
      newestFirst: true,
      sinceUnixNs,
      pageSize: PAGE,
      pageToken,
    };
    const page = await ask(caller, queryService.query, request);
    for (const { event } of page.events ?? []) {
      const run = known.get(event?.run ?? '');
      if (event && run) differences.add(run.agent ?? '', event, reruns.of(run));
    }
    found.events += page.events?.length ?? 0;
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '' && found.events < EVENTS);
  found.more = pageToken !== '';
  found.groups = differences.groups().slice(0, GROUPS);
  found.same = differences.same;
  found.undecided = differences.undecided;
  return found;
}

/** The user's home is of the host: rules that begin there stand for one of any name. */
function readyAnywhere(policy: EffectivePolicy, { run, started }: RunSummary): ReadyPolicy {
  const workspace = started?.workspace;
  const variables = { ...(workspace ? { workspace } : {}), home: '/home/agent', run: `/run/warder/${run}` };
  return prepare(readPolicy(policy), { variables });
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
