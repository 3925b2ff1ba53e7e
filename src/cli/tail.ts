/**
 * `warder tail`: the events of runs, past and present, as lines for people or as JSON lines on stdout.
 *
 * In:  filters; a state directory or a gateway's address.
 * Out: every event that matches, in the order of the log, from the beginning unless --since says otherwise.
 *      While a run is under way its events follow as they come; --follow waits for runs to come.
 */
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { addFilterOptions, eventFilter, FILTER_HELP, type FilterOptions } from './event-filter.ts';
import { loggedEventJson } from './event-json.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { stderrSink, stdoutSink } from './line-sink.ts';
import { textLine } from './logged-line.ts';
import { runIdsOf } from './query.ts';
import { endAs } from './signals.ts';
import { type Follow, subscription } from './subscription.ts';
import { styleFor } from './terminal.ts';

export interface TailOptions extends FilterOptions, SourceOptions {
  since?: number | 'now';
  follow?: boolean;
  json?: boolean;
}

const HELP = `
${FILTER_HELP}

Without --gateway, the runs of the state directory are shown: those under way by their own gateway, and what is
stored where none is. Runs that root started keep their state with root: use sudo here as well.

Examples:
  sudo warder tail --verdict deny
  sudo warder tail --follow --agent coding-agent --kind exec,network
  sudo warder tail --json --since all --no-follow > events.jsonl`;

export function tailCommand(): Command {
  const command = new Command('tail').description(
    'Show the events of runs: those stored, then those of runs under way as they come.',
  );
  addFilterOptions(command)
    .option('--since <index>', "begin at this index of the log, 'all' (default) or 'now'", since)
    .option('-f, --follow', 'at the end wait for more, for runs to come as well')
    .option('--no-follow', 'stop at the end, even while a run is under way')
    .option('--json', 'one LoggedEvent as JSON per line (docs/events.md)');
  return addSourceOptions(command).addHelpText('after', HELP).action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const source = eventSource(options);
  const stop = new AbortController();
  let ended: number | undefined;
  const onSignal = (_name: NodeJS.Signals, signal: number): void => {
    ended = signal;
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const stdout = stdoutSink();
  const stderr = stderrSink();
  const toLine = options.json ? loggedEventJson : textLine(styleFor(isatty(1), process.env));
  try {
    const events = subscription({
      source,
      filter: eventFilter({ ...options, run: await runIdsOf(source, options.run) }),
      from: options.since === 'now' ? undefined : (options.since ?? 0),
      follow: followOf(options.follow),
      signal: stop.signal,
      onMissed: ({ from, to, reason }) =>
        stderr.write(`warder: events ${from} to ${to - 1} are not shown: ${reason}`),
    });
    for await (const batch of events) {
      for (const event of batch) stdout.write(toLine(event));
      await stdout.flushed();
      if (!stdout.open) break; // `| head` has had enough
    }
  } finally {
    await stdout.close();
    await stderr.close();
    await source.close();
  }
  if (ended !== undefined) {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    endAs({ signal: ended });
  }
}

function followOf(follow: boolean | undefined): Follow {
  if (follow === undefined) return 'while-live';
  return follow ? 'always' : 'never';
}

function since(text: string): number | 'now' {
  if (text === 'all') return 0;
  if (text === 'now') return 'now';
  const index = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(index)) return index;
  throw new InvalidArgumentError("Give an index of the log, 'all' or 'now'.");
}
