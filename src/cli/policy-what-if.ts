/**
 * `warder policy what-if`: what policy files would have newly refused or allowed of what was recorded, for each agent
 * and rule, with counts.
 *
 * Out: status 1 when something would be newly refused.
 */
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { toLong } from '../contract/int64.ts';
import type { RunSummary } from '../contract/messages.ts';
import { Differences, type Group } from '../gateway/policy/differences.ts';
import { DECIDED_KINDS } from '../gateway/policy/event-actions.ts';
import type { Reruns } from '../gateway/policy/reruns.ts';
import { describeEvent } from './describe.ts';
import { AGENTS, list } from './event-filter.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';
import { runIds } from './query.ts';
import { QueryClient } from './query-client.ts';
import { rerunsOf } from './rerun-policy.ts';
import { moment } from './when.ts';

interface WhatIfOptions extends SourceOptions {
  since?: bigint;
  until?: bigint;
  agent?: string[];
  run?: string[];
  links: boolean;
  json?: boolean;
}

const RUNS = 100_000;

const HELP = `
The answer of the files is the one with every layer enforcing; it is compared with what was in force then. Content
rules (sha256:) cannot be decided from a record, and match nothing here.

Examples:
  sudo warder policy what-if stricter.yaml --since 7d
  sudo warder policy what-if fleet.yaml team.yaml --run last`;

export function whatIfCommand(): Command {
  const command = new Command('what-if')
    .summary('tell what other policy files would have changed')
    .description('Tell what these files would have newly refused or allowed of what was recorded.')
    .argument('<file...>', 'policy files; all their documents apply')
    .option('--since <time>', 'events from this time on: 7d, 2h ago, or 2026-03-01T12:00:00Z', moment)
    .option('--until <time>', 'events before this time', moment)
    .option(...AGENTS)
    .option('-r, --run <ids>', 'of these runs', list())
    .option('--no-links', 'take the paths of rules as written, without the links of this host')
    .option('--json', 'one JSON object per agent, rule and difference');
  return addSourceOptions(command).addHelpText('after', HELP).action(whatIf);
}

async function whatIf(files: readonly string[], options: WhatIfOptions): Promise<void> {
  const reruns = rerunsOf(files, options.links);
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  try {
    const runs = await runIds(client, options.run);
    const found = await compare(client, reruns, options, runs);
    if (options.json) for (const group of found.groups) stdout.write(JSON.stringify(group));
    else for (const line of lines(found)) stdout.write(printable(line));
    if (found.groups.some(({ difference }) => difference === 'newly refused')) process.exitCode = EXIT.failed;
  } finally {
    await stdout.close();
    await client.close();
  }
}

interface Found {
  groups: Group[];
  same: number;
  undecided: number;
  runs: number;
}

async function compare(
  client: QueryClient,
  reruns: Reruns,
  { since, until, agent }: WhatIfOptions,
  runs: readonly string[],
): Promise<Found> {
  const times = {
    ...(since === undefined ? {} : { sinceUnixNs: toLong(since) }),
    ...(until === undefined ? {} : { untilUnixNs: toLong(until) }),
  };
  const known = new Map<string, RunSummary>();
  for (const run of await client.runs({ ...times, agents: agent ?? [] }, RUNS)) known.set(run.run!, run);
  const differences = new Differences((event) => describeEvent(event).target);
  const seen = new Set<string>();
  const filter = { agents: agent ?? [], runs: [...runs], kinds: DECIDED_KINDS };
  for await (const page of client.events({ filter, ...times, pageSize: 1000 })) {
    for (const { event } of page) {
      const run = event?.run ? known.get(event.run) : undefined;
      if (!event || !run) continue;
      seen.add(run.run!);
      differences.add(run.agent ?? '', event, reruns.of(run));
    }
  }
  const { same, undecided } = differences;
  const groups = differences.groups().sort((a, b) => compareText(a.agent, b.agent));
  return { groups, same, undecided, runs: seen.size };
}

function* lines({ groups, same, undecided, runs }: Found): Generator<string> {
  let agent: string | undefined;
  for (const group of groups) {
    if (group.agent !== agent) yield group.agent;
    agent = group.agent;
    const answer = group.after === 'hold' ? 'newly held' : group.difference;
    yield `  ${answer}: ${group.count} ${group.category} <- ${group.why}`;
    for (const example of group.examples) yield `      ${example}`;
  }
  const total = (difference: string) =>
    groups.filter((group) => group.difference === difference).reduce((sum, { count }) => sum + count, 0);
  yield `${total('newly refused')} newly refused, ${total('newly allowed')} newly allowed, ${same} the same, ` +
    `${undecided} that cannot be decided from the record; ${runs} runs`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
