/**
 * `warder query`: stored events by filter, time and process, as lines for people or as JSON lines.
 *
 * Out: events in the order of the log, or newest first; at most --limit of them.
 */
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { toLong } from '../contract/int64.ts';
import { addFilterOptions, eventFilter, FILTER_HELP, type FilterOptions, list } from './event-filter.ts';
import { loggedEventJson } from './event-json.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import type { GatewaySource } from './gateway-source.ts';
import { stdoutSink } from './line-sink.ts';
import { textLine } from './logged-line.ts';
import { QueryClient } from './query-client.ts';
import { styleFor } from './terminal.ts';
import { moment } from './when.ts';

interface QueryOptions extends FilterOptions, SourceOptions {
  since?: bigint;
  until?: bigint;
  process?: string;
  newest?: boolean;
  limit?: number;
  fields?: string[];
  json?: boolean;
}

const PAGE_EVENTS = 1000;

const HELP = `
${FILTER_HELP}

Examples:
  sudo warder query --since 1h --verdict deny
  sudo warder query --run last --kind exec,network --newest --limit 20
  sudo warder query --where 'kind == "open" && write && path.endsWith(".yaml")' --json`;

export function queryCommand(): Command {
  const command = new Command('query').description('Show stored events: by filter, time and process.');
  addFilterOptions(command)
    .option('--since <time>', 'from this time on: 7d, 2h, 30m ago, or 2026-03-01T12:00:00Z', moment)
    .option('--until <time>', 'before this time', moment)
    .option('--process <exec id>', 'of this process and all that it started; with one --run', String)
    .option('-n, --newest', 'newest first')
    .option('-l, --limit <number>', 'at most so many events', count)
    .option('--fields <names>', 'only these fields: event.exec, event.process.pid (with --json)', list())
    .option('--json', 'one LoggedEvent as JSON per line (docs/events.md)');
  return addSourceOptions(command).addHelpText('after', HELP).action(query);
}

async function query(options: QueryOptions): Promise<void> {
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  const toLine = options.json ? loggedEventJson : textLine(styleFor(isatty(1), process.env));
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  try {
    const filter = eventFilter({ ...options, run: await runIds(client, options.run) });
    const pages = client.events({
      filter,
      ...(options.since === undefined ? {} : { sinceUnixNs: toLong(options.since) }),
      ...(options.until === undefined ? {} : { untilUnixNs: toLong(options.until) }),
      process: options.process ?? '',
      newestFirst: options.newest ?? false,
      fields: options.json ? (options.fields ?? []) : [],
      pageSize: Math.min(left, PAGE_EVENTS),
    });
    for await (const page of pages) {
      for (const event of page.slice(0, left)) stdout.write(toLine(event));
      left -= page.length;
      await stdout.flushed();
      if (left <= 0 || !stdout.open) break;
    }
  } finally {
    await stdout.close();
    await client.close();
  }
}

/** Whole ids; `last` and the end of an id are looked up. */
export async function runIds(client: QueryClient, names: readonly string[] = []): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(name.length === 36 ? name : (await client.run(name)).run!);
  return ids;
}

/** The same, for a command that goes on to use the source itself. */
export async function runIdsOf(
  source: GatewaySource,
  names: readonly string[] | undefined,
): Promise<string[]> {
  if (!names?.length) return [];
  const client = new QueryClient(source);
  try {
    return await runIds(client, names);
  } finally {
    client.disconnect();
  }
}

export function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Give a whole number from 1.');
}
