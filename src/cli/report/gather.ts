/**
 * What a report says of a run: its events as rows, its processes, its numbers, the losses of its host meanwhile, and
 * the proof that its last event is in the log.
 *
 * Bounded: the first ROWS events are rows; past them only refusals are, up to as many again. All are in the numbers.
 */
import { toBigInt, toLong, toNumber } from '../../contract/int64.ts';
import type { Event, LoggedEvent, ProcessNode, RunSummary } from '../../contract/messages.ts';
import { describeEvent } from '../describe.ts';
import type { QueryClient } from '../query-client.ts';
import { type RunSummary as Numbers, SummaryBuilder, type Table } from '../summary.ts';

const ROWS = 20_000;
/** Characters of a command line or a path in a row. */
const TARGET_LENGTH = 600;
/** Losses are told within so long after what was lost. */
const LOSS_NS = 60_000_000_000n;

/** [index, milliseconds, pid, program, action, word, target, why] */
export type Row = [number, number, number, string, string, string, string, string];

export interface Evidence {
  key: string;
  note: string;
  proof: string;
  index: number;
}

export interface Gathered {
  run: RunSummary;
  processes: ProcessNode[];
  summary: Numbers;
  losses: Table;
  rows: Row[];
  /** Events that are no row. */
  rowsBeyond: number;
  evidence: Evidence;
}

export async function gather(
  client: QueryClient,
  name: string,
  prove: (index: number) => Promise<Evidence>,
): Promise<Gathered> {
  const run = await client.run(name);
  const { processes } = await client.processes(run.run!);
  const builder = new SummaryBuilder();
  const rows: Row[] = [];
  let events = 0;
  const startNs = toBigInt(run.firstUnixNs);
  for await (const page of client.events({ filter: { runs: [run.run!] }, pageSize: 1000 })) {
    for (const { index, event } of page) {
      if (!event) continue;
      events++;
      builder.add(event);
      const row = rowOf(toNumber(index), event, startNs);
      if (rows.length < ROWS || (isRefusal(row) && rows.length < 2 * ROWS)) rows.push(row);
    }
  }
  return {
    run,
    processes,
    summary: builder.summary(),
    losses: await lossesOf(client, run),
    rows,
    rowsBeyond: events - rows.length,
    evidence: await prove(toNumber(run.lastIndex)),
  };
}

function rowOf(index: number, event: Event, startNs: bigint): Row {
  const { pid, program, action, target, ruling } = describeEvent(event);
  const milliseconds = Number((toBigInt(event.timeUnixNs) - startNs) / 1_000_000n);
  const why =
    ruling && ruling.word !== 'allowed' ? [ruling.rule, ruling.because].filter(Boolean).join(': ') : '';
  const what = target.length > TARGET_LENGTH ? `${target.slice(0, TARGET_LENGTH)}…` : target;
  return [index, milliseconds, pid, program, action, ruling?.word ?? '', what, why];
}

function isRefusal(row: Row): boolean {
  return row[5] !== '' && row[5] !== 'allowed';
}

/** Losses have no run: those of its host while it ran, and shortly after. */
async function lossesOf(client: QueryClient, { host, firstUnixNs, lastUnixNs }: RunSummary): Promise<Table> {
  const builder = new SummaryBuilder();
  const losses: AsyncGenerator<LoggedEvent[]> = client.events({
    filter: { hosts: host ? [host] : [], kinds: ['loss'] },
    sinceUnixNs: firstUnixNs ?? null,
    untilUnixNs: toLong(toBigInt(lastUnixNs) + LOSS_NS),
    pageSize: 1000,
  });
  for await (const page of losses) for (const { event } of page) if (event) builder.add(event);
  return builder.summary().lost;
}
