/**
 * `warder top`: the runs that are under way, with what each does by the second and what was refused; budgets with what is
 * left of them; what waits for a person. Again every so often, until it is ended.
 *
 * In:  a gateway. Out: a screen on a terminal, the same text again and again elsewhere; with --json an object a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { budgetService } from '../contract/budget-service.ts';
import { controlService } from '../contract/control-service.ts';
import { toBigInt, toNumber } from '../contract/int64.ts';
import { type Hold, type RunSummary, type Tally, Verdict } from '../contract/messages.ts';
import { queryService } from '../contract/query-service.ts';
import { BUDGET_HEAD, budgetCells, type PlainBudget, plainBudget } from './budgets.ts';
import { holdLine } from './control.ts';
import { durationUnless } from './duration-option.ts';
import { type Ask, type GatewayOptions, withAsk, withGateway } from './gateway-client.ts';
import { stdoutSink } from './line-sink.ts';
import { columns } from './listing.ts';
import { type Style, styleFor } from './terminal.ts';

interface TopOptions extends GatewayOptions {
  interval: number;
  once?: boolean;
  json?: boolean;
}

export interface TopRow {
  run: string;
  agent: string;
  host: string;
  state: 'runs' | 'suspended' | 'adopted';
  seconds: number;
  events: number;
  /** Since the time before; 0 at the first. */
  eventsPerSecond: number;
  refused: number;
  refusedPerSecond: number;
  held: number;
  command: string;
}

/** Of the log, newest first: what runs is among them. */
const RUNS = 500;
/** Holds, and budgets, on a screen that is for runs. */
const SHOWN_BELOW = 5;
const CLEAR = '\x1b[H\x1b[J';
const HELP = `
Ends with Ctrl-C. EV/S and REF/S are events and refusals in each second since the time before. HELD waits for a person:
warder holds, warder approve, warder refuse.

Examples:
  sudo warder top --state /var/lib/warder-gateway
  sudo warder top --once
  warder top --gateway gateway.example.org:7443 --token-file viewer.key --json`;

export function topCommand(): Command {
  const command = new Command('top')
    .description('Show the runs under way: what each does by the second, what was refused, what is held.')
    .addOption(durationUnless('-i, --interval <duration>', 'how often: 2s, 500ms', '2s'))
    .option('--once', 'one time')
    .option('--json', 'runs, budgets and holds as a JSON object, a line each time');
  return withGateway(command).addHelpText('after', HELP).action(top);
}

async function top(options: TopOptions): Promise<void> {
  const screen = isatty(1) && !options.once && !options.json;
  const style = styleFor(isatty(1), process.env);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const stdout = stdoutSink();
  try {
    await withAsk(options, async (ask) => {
      for (let before: Look | undefined; !stop.signal.aborted && stdout.open; ) {
        const now = await look(ask);
        const rows = rowsOf(now, before);
        const text = options.json ? asJson(rows, now) : topText(rows, now, style, process.stdout.rows);
        stdout.write(`${screen ? CLEAR : ''}${text}`);
        await stdout.flushed();
        if (options.once) return;
        before = now;
        await sleep(options.interval, undefined, { signal: stop.signal }).catch(() => {});
      }
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await stdout.close();
  }
}

interface Look {
  atMs: number;
  runs: Map<string, RunSummary>;
  active: { run: string; agent: string; host: string; startedMs: number; suspended: boolean }[];
  held: Map<string, number>;
  /** Runs that hosts have and the answer had no room for. */
  runsLeftOut: number;
}

/** What is shown beside the runs. */
interface Beside {
  budgets: readonly PlainBudget[];
  holds: readonly Hold[];
  holdsLeftOut: number;
}

async function look(ask: Ask): Promise<Look & Beside> {
  const [{ runs }, { runs: active, leftOut: runsLeftOut }, { holds, leftOut: holdsLeftOut }, { budgets }] =
    await Promise.all([
      ask(queryService.listRuns, { pageSize: RUNS }),
      ask(controlService.listActiveRuns, {}),
      ask(controlService.listHolds, {}),
      ask(budgetService.listBudgets, {}),
    ]);
  const held = new Map<string, number>();
  for (const { action } of holds ?? []) held.set(action?.run ?? '', (held.get(action?.run ?? '') ?? 0) + 1);
  return {
    atMs: Date.now(),
    runs: new Map((runs ?? []).map((run) => [run.run ?? '', run])),
    active: (active ?? []).map(({ host, run }) => ({
      run: run?.run ?? '',
      agent: run?.agent ?? '',
      host: host ?? '',
      startedMs: toNumber(run?.startedUnixMs),
      suspended: run?.suspended ?? false,
    })),
    held,
    budgets: (budgets ?? []).map(plainBudget),
    holds: holds ?? [],
    runsLeftOut: runsLeftOut ?? 0,
    holdsLeftOut: holdsLeftOut ?? 0,
  };
}

/** Those that their hosts have, and adopted ones whose end is not in the log; the busiest first. */
export function rowsOf(now: Look, before: Look | undefined): TopRow[] {
  const known = new Set(now.active.map(({ run }) => run));
  const adopted = [...now.runs.values()]
    .filter(({ run, started, ended }) => started?.adopted && !ended && !known.has(run ?? ''))
    .map(({ run, agent, host, firstUnixNs }) => ({
      run: run ?? '',
      agent: agent ?? '',
      host: host ?? '',
      startedMs: Number(toBigInt(firstUnixNs) / 1_000_000n),
      suspended: false,
    }));
  const seconds = before ? Math.max(0.001, (now.atMs - before.atMs) / 1000) : 0;
  const rows = [...now.active, ...adopted].map(({ run, agent, host, startedMs, suspended }): TopRow => {
    const summary = now.runs.get(run);
    const past = before?.runs.get(run);
    const [events, refused] = [toNumber(summary?.events), refusals(summary?.tallies)];
    const perSecond = (count: number, was: number) => (past ? Math.max(0, count - was) / seconds : 0);
    return {
      ...{ run, agent, host, events, refused },
      state: suspended ? 'suspended' : summary?.started?.adopted ? 'adopted' : 'runs',
      seconds: Math.max(0, Math.round((now.atMs - startedMs) / 1000)),
      eventsPerSecond: round(perSecond(events, toNumber(past?.events))),
      refusedPerSecond: round(perSecond(refused, refusals(past?.tallies))),
      held: now.held.get(run) ?? 0,
      command: summary?.started?.adopted || (summary?.started?.argv ?? []).join(' '),
    };
  });
  return rows.sort((a, b) => b.eventsPerSecond - a.eventsPerSecond || a.seconds - b.seconds);
}

type Told = Beside & Pick<Look, 'runsLeftOut'>;

function asJson(runs: readonly TopRow[], { budgets, holds, runsLeftOut, holdsLeftOut }: Told): string {
  return JSON.stringify({
    runs,
    budgets,
    holds: holds.map(({ action }) => action),
    runsLeftOut,
    holdsLeftOut,
  });
}

function topText(
  rows: readonly TopRow[],
  { budgets, holds, runsLeftOut, holdsLeftOut }: Told,
  style: Style,
  height = Number.POSITIVE_INFINITY,
): string {
  const held = rows.reduce((sum, row) => sum + row.held, holdsLeftOut);
  const all = rows.length + runsLeftOut;
  const head = `${all} ${all === 1 ? 'run' : 'runs'} under way, ${held} held  ${new Date().toISOString().slice(11, 19)}`;
  const title = [
    'RUN',
    'AGENT',
    'HOST',
    'STATE',
    'UP',
    'EVENTS',
    'EV/S',
    'REFUSED',
    'REF/S',
    'HELD',
    'COMMAND',
  ];
  const below = [...holdLines(holds, holdsLeftOut, style), ...budgetLines(budgets, style)];
  // A line of heading, one of titles, one for the cursor.
  const shown = rows.slice(0, Math.max(1, height - 3 - below.length));
  const lines = columns([title, ...shown.map(cells)]).split('\n');
  const [titles = '', ...body] = lines;
  const painted = body.map((line, at) =>
    shown[at]!.held > 0 || shown[at]!.refusedPerSecond > 0 ? style.red(line) : line,
  );
  const hidden = rows.length + runsLeftOut - shown.length;
  const more = hidden > 0 ? [style.dim(`and ${hidden} more`)] : [];
  return [style.bold(head), style.dim(titles), ...painted, ...more, ...below].join('\n');
}

/** The oldest few: who waits longest is refused first. */
function holdLines(holds: readonly Hold[], leftOut: number, style: Style): string[] {
  if (holds.length + leftOut === 0) return [];
  const lines = holds.slice(0, SHOWN_BELOW).map((hold) => style.red(holdLine(hold)));
  const hidden = holds.length + leftOut - lines.length;
  if (hidden > 0) lines.push(style.dim(`and ${hidden} more`));
  return ['', style.dim('WAITS FOR A PERSON: warder approve ID, warder refuse ID'), ...lines];
}

/** The fullest few. */
function budgetLines(budgets: readonly PlainBudget[], style: Style): string[] {
  if (budgets.length === 0) return [];
  const part = ({ left, amount }: PlainBudget) => left / Math.max(1, amount);
  const fullest = [...budgets].sort((a, b) => part(a) - part(b)).slice(0, SHOWN_BELOW);
  const [titles = '', ...body] = columns([BUDGET_HEAD, ...fullest.map(budgetCells)]).split('\n');
  return ['', style.dim(titles), ...body.map((line, at) => (fullest[at]!.exceeded ? style.red(line) : line))];
}

function cells(row: TopRow): string[] {
  return [
    row.run.slice(-8),
    row.agent.split('/').slice(-3).join('/'),
    row.host,
    row.state,
    upTime(row.seconds),
    String(row.events),
    String(row.eventsPerSecond),
    String(row.refused),
    String(row.refusedPerSecond),
    row.held === 0 ? '' : String(row.held),
    row.command.slice(0, 40),
  ].map((text) => printable(text));
}

/** `12s`, `5m02s`, `3h07m` */
function upTime(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
}

function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

function refusals(tallies: readonly Tally[] | null | undefined): number {
  return (tallies ?? [])
    .filter(({ verdict }) => verdict === Verdict.VERDICT_DENY || verdict === Verdict.VERDICT_HOLD)
    .reduce((sum, { events }) => sum + toNumber(events), 0);
}
