/**
 * `warder export`: events to a file, a pipe or a collector, in a format that others read.
 *
 * To a file: exactly once, through kills (rotating-file.ts). To stdout: from --since on, nothing is kept. To a collector:
 * at least once, with a cursor file when one is given.
 *
 * Throws: what its parts throw.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { WarderError } from '../../base/error.ts';
import type { EventFilter, LoggedEvent } from '../../contract/messages.ts';
import { addFilterOptions, eventFilter, FILTER_HELP, type FilterOptions } from '../event-filter.ts';
import { addSourceOptions, eventSource, type SourceOptions } from '../event-source.ts';
import type { GatewaySource } from '../gateway-source.ts';
import { stderrSink, stdoutSink } from '../line-sink.ts';
import { runIdsOf } from '../query.ts';
import { subscription } from '../subscription.ts';
import { FORMATS } from './format.ts';
import { collectorUrl, push } from './push.ts';
import { RotatingFile } from './rotating-file.ts';

interface ExportOptions extends FilterOptions, SourceOptions {
  format: string;
  out?: string;
  rotate: number;
  push?: string;
  cursor?: string;
  since?: number;
  follow?: boolean;
}

const ROTATE_BYTES = 256 << 20;
/** How often a file under way is made safe. */
const COMMIT_MS = 500;

const HELP = `
${FILTER_HELP}

FILE is 0600. At --rotate it becomes NAME-<index of its first event>.EXT, with its checksum beside it
(sha256sum -c NAME-….EXT.sha256). FILE.cursor says where it goes on: the same command again, after a stop, a kill
or a crash, adds what is missing, each event once.

Examples:
  sudo warder export --format ocsf --out /var/log/warder/ocsf.jsonl --follow
  sudo warder export --format syslog --verdict deny | logger --rfc5424 --stdin
  sudo warder export --push http://127.0.0.1:4318 --cursor /var/lib/otel/warder.cursor --follow`;

export function exportCommand(): Command {
  const command = new Command('export').description(
    'Write events for other tools: to a file, a pipe or a collector.',
  );
  const rotate = new Option('--rotate <size>', 'begin a new file at this size: 100MB, 1GB')
    .argParser(size)
    .default(ROTATE_BYTES, '256 MiB');
  command.addOption(
    new Option('--format <format>', 'form of the lines').choices(Object.keys(FORMATS)).default('jsonl'),
  );
  command
    .option('-o, --out <file>', 'to this file, each event exactly once; default: stdout')
    .addOption(rotate)
    .option('--push <url>', 'to this OpenTelemetry collector, by OTLP over HTTP')
    .option('--cursor <file>', 'with --push: keep here how far it came')
    .option('--since <index>', 'begin at this index of the log; default: its beginning', index)
    .option('-f, --follow', 'at the end wait for more');
  addFilterOptions(command);
  return addSourceOptions(command).addHelpText('after', HELP).action(run);
}

async function run(given: ExportOptions, self: Command): Promise<void> {
  if (given.cursor !== undefined && given.push === undefined) {
    self.error('error: --cursor goes with --push: a file has its cursor beside it');
  }
  if (given.out !== undefined && given.push !== undefined) {
    self.error('error: --out and --push given, and events go to one place at a time');
  }
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const source = eventSource(given);
  const { options, target } = await resolved(given, source, stop.signal);
  const stderr = stderrSink();
  let cursor = target.from;
  try {
    const events = subscription({
      source,
      filter: eventFilter(options),
      from: target.from,
      follow: options.follow ? 'always' : 'never',
      signal: stop.signal,
      onMissed: ({ from, to, reason }) =>
        stderr.write(`warder: events ${from} to ${to - 1} are not exported: ${reason}`),
      onCursor: (next) => {
        cursor = next;
        target.passed(next);
      },
    });
    for await (const batch of events) {
      await target.take(batch);
      if (!target.open()) break;
    }
    target.finish(cursor);
  } finally {
    await target.close();
    await source.close();
    await stderr.close();
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

/** With the whole ids of runs: they are part of what a cursor is for. */
async function resolved(given: ExportOptions, source: GatewaySource, signal: AbortSignal) {
  try {
    const options = { ...given, run: await runIdsOf(source, given.run) };
    return { options, target: targetOf(options, signal) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Where events go. */
interface Target {
  /** First index wanted. */
  from: number;
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** All events before this one were given or left out by the filter. */
  passed(next: number): void;
  finish(next: number): void;
  open(): boolean;
  close(): Promise<void>;
}

function targetOf(options: ExportOptions, signal: AbortSignal): Target {
  if (options.push !== undefined) return pushTarget(options, collectorUrl(options.push), signal);
  return options.out === undefined ? pipeTarget(options) : fileTarget(options, resolve(options.out));
}

function fileTarget(options: ExportOptions, path: string): Target {
  const lines = FORMATS[options.format]!;
  const file = new RotatingFile({
    path,
    maxBytes: options.rotate,
    question: questionOf(options.format, eventFilter(options)),
    from: options.since ?? 0,
  });
  let committed = performance.now();
  const passed = (next: number): void => {
    if (performance.now() - committed < COMMIT_MS) return;
    file.commit(next);
    committed = performance.now();
  };
  return {
    from: file.next,
    take: async (events) => {
      for (const logged of events) file.write(lines(logged), Number(logged.index));
    },
    passed,
    finish: (next) => file.commit(next),
    open: () => true,
    close: async () => file.close(),
  };
}

function pipeTarget({ format, since }: ExportOptions): Target {
  const lines = FORMATS[format]!;
  const stdout = stdoutSink();
  return {
    from: since ?? 0,
    take: async (events) => {
      for (const logged of events) for (const line of lines(logged)) stdout.write(line);
      await stdout.flushed();
    },
    passed: () => {},
    finish: () => {},
    open: () => stdout.open,
    close: () => stdout.close(),
  };
}

function pushTarget({ cursor, since }: ExportOptions, url: string, signal: AbortSignal): Target {
  const save = (next: number): void => {
    if (cursor === undefined) return;
    writeFileSync(`${cursor}.new`, `${next}\n`, { mode: 0o600, flush: true });
    renameSync(`${cursor}.new`, cursor);
  };
  return {
    from: cursor !== undefined && existsSync(cursor) ? readPushCursor(cursor) : (since ?? 0),
    take: async (events) => {
      await push(url, events, signal);
      save(Number(events.at(-1)!.index) + 1);
    },
    passed: () => {},
    finish: save,
    open: () => true,
    close: async () => {},
  };
}

function readPushCursor(path: string): number {
  const text = readFileSync(path, 'utf8').trim();
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new WarderError(
    'EXPORT_CURSOR',
    `${path} is no cursor of an export`,
    'name another file, or remove it',
  );
}

/** The same for exports that give the same lines. */
function questionOf(format: string, filter: EventFilter): string {
  const asked = Object.entries(filter).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value,
  );
  return JSON.stringify({ format, ...Object.fromEntries(asked) });
}

const UNITS: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

function size(text: string): number {
  const parts = /^(\d{1,9})([KMG]i?B)$/i.exec(text);
  const bytes = parts ? Number(parts[1]) * UNITS[parts[2]!.toUpperCase()]! : 0;
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('Write a size with its unit: 100MB, 1GiB.');
}

function index(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give an index of the log.');
}
