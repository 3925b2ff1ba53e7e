/**
 * `warder runs`: the runs in the log, newest first, or the agents.
 */
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { endText } from '../base/end-text.ts';
import { printable } from '../base/printable.ts';
import { toBigInt, toLong, toNumber } from '../contract/int64.ts';
import { type AgentSummary, type RunSummary, type Tally, Verdict } from '../contract/messages.ts';
import { formatUnixNs } from '../contract/times.ts';
import { AGENTS } from './event-filter.ts';
import { plainJson } from './event-json.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { stdoutSink } from './line-sink.ts';
import { count } from './query.ts';
import { QueryClient } from './query-client.ts';
import { type Style, styleFor } from './terminal.ts';
import { moment } from './when.ts';

interface RunsOptions extends SourceOptions {
  agent?: string[];
  since?: bigint;
  until?: bigint;
  limit?: number;
  agents?: boolean;
  json?: boolean;
}

const RUNS = 50;

export function runsCommand(): Command {
  const command = new Command('runs')
    .description('Show the runs in the log, newest first: when, how long, how they ended, what was refused.')
    .option(...AGENTS)
    .option('--since <time>', 'that did something from this time on: 7d, 2h ago, or 2026-03-01', moment)
    .option('--until <time>', 'that did something before this time', moment)
    .option('-l, --limit <number>', `at most so many; default: ${RUNS}`, count)
    .option('--agents', 'the agents instead, with what they did in all')
    .option('--json', 'one RunSummary or AgentSummary as JSON per line');
  return addSourceOptions(command).action(runs);
}

async function runs(options: RunsOptions): Promise<void> {
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  const style = styleFor(isatty(1), process.env);
  try {
    if (options.agents) {
      for (const agent of await client.agents()) {
        stdout.write(options.json ? plainJson(agent) : agentLine(agent));
      }
      return;
    }
    const found = await client.runs(
      {
        agents: options.agent ?? [],
        ...(options.since === undefined ? {} : { sinceUnixNs: toLong(options.since) }),
        ...(options.until === undefined ? {} : { untilUnixNs: toLong(options.until) }),
      },
      options.limit ?? RUNS,
    );
    for (const run of found) stdout.write(options.json ? plainJson(run) : runLine(run, style));
  } finally {
    await stdout.close();
    await client.close();
  }
}

/** `018f… 2026-03-01 12:00:00  coder  12.3 s  status 0  1,204 events  3 refused  claude -p …` */
function runLine(run: RunSummary, style: Style): string {
  const first = toBigInt(run.firstUnixNs);
  const seconds = Number((toBigInt(run.lastUnixNs) - first) / 1_000_000n) / 1000;
  const refused = refusals(run.tallies);
  return [
    run.run,
    style.dim(second(first)),
    printable((run.agent ?? '').split('/').at(-1) ?? '').padEnd(16),
    `${seconds.toFixed(1)} s`.padStart(10),
    (run.ended ? endText(run.ended) : 'under way').padEnd(10),
    `${toNumber(run.events)} events`.padStart(15),
    refused > 0 ? style.red(`${refused} refused`) : '',
    printable((run.started?.argv ?? []).join(' ').slice(0, 60)),
  ]
    .filter(Boolean)
    .join('  ');
}

function agentLine({ agent, runs: number, events, firstUnixNs, lastUnixNs, tallies }: AgentSummary): string {
  return [
    printable(agent ?? '').padEnd(40),
    `${toNumber(number)} runs`.padStart(10),
    `${toNumber(events)} events`.padStart(15),
    `${refusals(tallies)} refused`.padStart(14),
    `${second(toBigInt(firstUnixNs))} to ${second(toBigInt(lastUnixNs))}`,
  ].join('  ');
}

function refusals(tallies: readonly Tally[] | null | undefined): number {
  return (tallies ?? [])
    .filter(({ verdict }) => verdict === Verdict.VERDICT_DENY || verdict === Verdict.VERDICT_HOLD)
    .reduce((sum, { events }) => sum + toNumber(events), 0);
}

function second(timeNs: bigint): string {
  return formatUnixNs(timeNs).slice(0, 19).replace('T', ' ');
}
