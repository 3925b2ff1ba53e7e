/**
 * `warder tail`: the events of runs, past and present, as lines for people or as JSON lines on stdout.
 *
 * In:  filters; a state directory or a gateway's address.
 * Out: every event that matches, in the order of the log, from the beginning unless --since says otherwise.
 *      While a run is under way its events follow as they come; --follow waits for runs to come.
 */
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { WarderError } from '../base/error.ts';
import { findStateDirectory, stateDirectoryPath, stateDirectoryUser } from '../base/state-dir.ts';
import { toBigInt, toNumber } from '../contract/int64.ts';
import { type EventFilter, type LoggedEvent, Verdict } from '../contract/messages.ts';
import { formatUnixNs } from '../contract/times.ts';
import { KINDS as LOG_KINDS } from '../gateway/store/entry.ts';
import { describeEvent } from './describe.ts';
import { loggedEventJson } from './event-json.ts';
import { eventLine } from './event-line.ts';
import { type GatewaySource, gatewayAt, stateGateways } from './gateway-source.ts';
import { stdoutSink } from './line-sink.ts';
import { endAs } from './signals.ts';
import { type Follow, subscription } from './subscription.ts';
import { type Style, styleFor } from './terminal.ts';

export interface TailOptions {
  state?: string;
  gateway?: string;
  tokenFile?: string;
  agent?: string[];
  run?: string[];
  kind?: string[];
  verdict?: string[];
  path?: string;
  since?: number | 'now';
  follow?: boolean;
  json?: boolean;
}

/** Those of the log, without the one for events of no known kind. */
const KINDS = LOG_KINDS.filter((kind) => kind !== 'none');
const VERDICTS: Readonly<Record<string, Verdict>> = {
  allow: Verdict.VERDICT_ALLOW,
  hold: Verdict.VERDICT_HOLD,
  deny: Verdict.VERDICT_DENY,
};

const HELP = `
Filters of one kind add up, filters of different kinds must all hold. Lists are written with commas, or by
giving an option again. A verdict matches what is in force, and what a monitoring layer would have said.

Without --gateway, the runs of the state directory are shown: those under way by their own gateway, and what is
stored where none is. Runs that root started keep their state with root: use sudo here as well.

Examples:
  sudo warder tail --verdict deny
  sudo warder tail --follow --agent coding-agent --kind exec,network
  sudo warder tail --json --since all --no-follow > events.jsonl`;

export function tailCommand(): Command {
  return new Command('tail')
    .description('Show the events of runs: those stored, then those of runs under way as they come.')
    .option('-a, --agent <names>', 'of these agents: last segment, or whole spiffe:// id', list())
    .option('-r, --run <ids>', 'of these runs', list())
    .option('-k, --kind <kinds>', `of these kinds: ${KINDS.join(', ')}`, list(KINDS))
    .option('--verdict <verdicts>', 'with these verdicts: allow, hold, deny', list(Object.keys(VERDICTS)))
    .option('--path <path>', 'about this file, or what lies under this directory')
    .option('--since <index>', "begin at this index of the log, 'all' (default) or 'now'", since)
    .option('-f, --follow', 'at the end wait for more, for runs to come as well')
    .option('--no-follow', 'stop at the end, even while a run is under way')
    .option('--json', 'one LoggedEvent as JSON per line (docs/events.md)')
    .option('-s, --state <dir>', 'state directory; default: WARDER_STATE_DIR, or the XDG one')
    .option('-g, --gateway <address>', 'this gateway: unix:/path or 127.0.0.1:PORT')
    .option('--token-file <file>', "a viewer's token for --gateway; default: WARDER_TOKEN")
    .addHelpText('after', HELP)
    .action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const source = sourceOf(options);
  const stop = new AbortController();
  let ended: number | undefined;
  const onSignal = (_name: NodeJS.Signals, signal: number): void => {
    ended = signal;
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const stdout = stdoutSink();
  const toLine = options.json ? loggedEventJson : textLine(styleFor(isatty(1), process.env));
  try {
    const events = subscription({
      source,
      filter: filterOf(options),
      from: options.since === 'now' ? undefined : (options.since ?? 0),
      follow: followOf(options.follow),
      signal: stop.signal,
    });
    for await (const batch of events) {
      for (const event of batch) stdout.write(toLine(event));
      await stdout.flushed();
      if (!stdout.open) break; // `| head` has had enough
    }
  } finally {
    await stdout.close();
    await source.close();
  }
  if (ended !== undefined) {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    endAs({ signal: ended });
  }
}

function sourceOf({ gateway, tokenFile, state }: TailOptions): GatewaySource {
  if (gateway !== undefined) return gatewayAt(gateway, tokenFile);
  const path = stateDirectoryPath(state, process.env);
  const found = findStateDirectory(path, stateDirectoryUser(process.env));
  if (found !== undefined) return stateGateways(found);
  throw new WarderError(
    'TAIL_NO_STATE',
    `there is no state directory ${path}, so there are no events`,
    'run an agent first, or name the directory of its run with --state DIR; for runs started with sudo: sudo warder tail',
  );
}

function filterOf({ agent = [], run = [], kind = [], verdict = [], path }: TailOptions): EventFilter {
  return {
    agents: agent,
    runs: run,
    kinds: kind,
    verdicts: verdict.map((name) => VERDICTS[name]!),
    pathPrefix: path ?? '',
  };
}

function followOf(follow: boolean | undefined): Follow {
  if (follow === undefined) return 'while-live';
  return follow ? 'always' : 'never';
}

/** `#12 2026-03-01T12:00:00.123Z coder  4711 git …` */
function textLine(style: Style): (logged: LoggedEvent) => string {
  return ({ index, event }) => {
    if (!event) return '';
    const time = formatUnixNs(toBigInt(event.timeUnixNs)).replace(/(\.\d{3})\d{6}Z$/, '$1Z');
    const agent = (event.agent ?? '').split('/').at(-1) ?? '';
    const when = `${`#${toNumber(index)}`.padStart(8)} ${time} ${agent.padEnd(12)}`;
    return eventLine(when, describeEvent(event), { style, targetWidth: Number.POSITIVE_INFINITY });
  };
}

/** Parses a list with commas, added to what was given before; only words of `known`, where it is given. */
function list(known?: readonly string[]) {
  return (text: string, before: readonly string[] = []): string[] => {
    const words = text.split(',').filter(Boolean);
    const unknown = words.find((word) => known && !known.includes(word));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`'${unknown}' is none of ${known!.join(', ')}.`);
    }
    if (words.length === 0) throw new InvalidArgumentError('The list is empty.');
    return [...before, ...words];
  };
}

function since(text: string): number | 'now' {
  if (text === 'all') return 0;
  if (text === 'now') return 'now';
  const index = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(index)) return index;
  throw new InvalidArgumentError("Give an index of the log, 'all' or 'now'.");
}
