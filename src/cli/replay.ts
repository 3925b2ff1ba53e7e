/**
 * `warder replay RUN`: a run's process tree and time line again, at once or step by step, with every decision and why;
 * with --policy, what another policy would have decided.
 *
 * Out: status 1 when --policy would newly refuse something.
 */
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { toBigInt, toNumber } from '../contract/int64.ts';
import type { LoggedEvent } from '../contract/messages.ts';
import { formatUnixNs } from '../contract/times.ts';
import { decideAgain, type Redecision, type Rerun } from '../gateway/policy/redecide.ts';
import { describeEvent } from './describe.ts';
import { eventLine } from './event-line.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { EXIT } from './failure.ts';
import { type DescriptorSink, stdoutSink } from './line-sink.ts';
import { processForest } from './process-forest.ts';
import { treeLines } from './ps.ts';
import { QueryClient } from './query-client.ts';
import { rerunsOf } from './rerun-policy.ts';
import { rulingText } from './ruling.ts';
import { type Style, styleFor } from './terminal.ts';

interface ReplayOptions extends SourceOptions {
  step?: boolean;
  refused?: boolean;
  policy?: string[];
  links: boolean;
}

const HELP = `
With --policy each recorded action is decided again: "would now be" stands below an event whose answer is another.
Content rules (sha256:) cannot be decided from a record, and match nothing here.

Examples:
  sudo warder replay last
  sudo warder replay last --step
  sudo warder replay 3f2a91 --policy stricter.yaml`;

export function replayCommand(): Command {
  const command = new Command('replay')
    .description("Show a run's process tree and time line again, with every decision and why.")
    .argument('<run>', "a run's id, the end of one, or 'last'")
    .option('--step', 'one event with each Enter; q ends')
    .option('--refused', 'only what was refused, or would be by --policy')
    .option('-p, --policy <file...>', 'decide each action again under these files, and show what differs')
    .option('--no-links', 'take the paths of rules as written, without the links of this host');
  return addSourceOptions(command).addHelpText('after', HELP).action(replay);
}

async function replay(name: string, options: ReplayOptions): Promise<void> {
  if (options.step && !(isatty(0) && isatty(1))) {
    throw new WarderError('REPLAY_TERMINAL', '--step needs a terminal', 'leave it out: all is shown at once');
  }
  const reruns = options.policy && rerunsOf(options.policy, options.links);
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  try {
    const run = await client.run(name);
    const { agent, processes } = await client.processes(run.run!);
    const style = styleFor(isatty(1), process.env);
    stdout.write(`${style.bold(`run ${run.run}`)} ${printable(agent)}`);
    stdout.write(
      style.dim(`began ${formatUnixNs(toBigInt(run.firstUnixNs))}, ${toNumber(run.events)} events`),
    );
    stdout.write('');
    for (const line of treeLines(processForest(processes), style)) stdout.write(line);
    stdout.write('');
    const rerun = reruns?.of(run);
    const show = new TimeLine(toBigInt(run.firstUnixNs), style, rerun, options.refused ?? false);
    const step = options.step ? stepper() : undefined;
    try {
      await showAll(client, run.run!, show, stdout, step?.next);
    } finally {
      step?.close();
    }
    if (rerun) for (const line of show.summary()) stdout.write(line);
    if (show.newlyRefused > 0) process.exitCode = EXIT.failed;
  } finally {
    await stdout.close();
    await client.close();
  }
}

async function showAll(
  client: QueryClient,
  run: string,
  show: TimeLine,
  stdout: DescriptorSink,
  next: (() => Promise<boolean>) | undefined,
): Promise<void> {
  for await (const page of client.events({ filter: { runs: [run] }, pageSize: 1000 })) {
    for (const logged of page) {
      const lines = show.lines(logged);
      for (const line of lines) stdout.write(line);
      if (lines.length > 0 && next) {
        await stdout.flushed();
        if (!(await next())) return;
      }
    }
    await stdout.flushed();
    if (!stdout.open) return;
  }
}

/** Waits for Enter; false for q, or when the input ends. */
function stepper(): { next: () => Promise<boolean>; close: () => void } {
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await lines.next();
      return !done && !/^q/i.test(String(value));
    },
    close: () => input.close(),
  };
}

/** Events in words, with what another policy makes of them. */
class TimeLine {
  readonly #startNs: bigint;
  readonly #style: Style;
  readonly #rerun: Rerun | undefined;
  readonly #refusedOnly: boolean;
  readonly #counts = new Map<string, number>();
  newlyRefused = 0;

  constructor(startNs: bigint, style: Style, rerun: Rerun | undefined, refusedOnly: boolean) {
    this.#startNs = startNs;
    this.#style = style;
    this.#rerun = rerun;
    this.#refusedOnly = refusedOnly;
  }

  lines({ index, event }: LoggedEvent): string[] {
    if (!event) return [];
    const again = this.#rerun && decideAgain(this.#rerun, event);
    if (again) this.#count(again);
    const differs = again && (again.difference === 'newly refused' || again.difference === 'newly allowed');
    const ruling = event.decision ? rulingText(event.decision) : undefined;
    if (this.#refusedOnly && !differs && (!ruling || ruling.word === 'allowed')) return [];
    const milliseconds = Number((toBigInt(event.timeUnixNs) - this.#startNs) / 1_000_000n);
    const when = `${`#${toNumber(index)}`.padStart(8)} ${(milliseconds / 1000).toFixed(3).padStart(9)}`;
    const form = { style: this.#style, targetWidth: Number.POSITIVE_INFINITY };
    const line = eventLine(when, describeEvent(event), form);
    return differs ? [line, this.#difference(again)] : [line];
  }

  *summary(): Generator<string> {
    const of = (difference: string) => this.#counts.get(difference) ?? 0;
    yield '';
    yield `under this policy: ${of('newly refused')} newly refused, ${of('newly allowed')} newly allowed, ${of('same')} the same` +
      (of('undecided') > 0 ? `, ${of('undecided')} that cannot be decided from the record` : '');
    if (this.#rerun && 'refusal' in this.#rerun) yield printable(this.#rerun.refusal);
  }

  #difference({ after, why }: Redecision): string {
    const paint = after === 'allow' ? this.#style.green : this.#style.red;
    return paint(
      `${' '.repeat(19)} would now be ${after === 'allow' ? 'allowed' : after === 'hold' ? 'held' : 'denied'} <- ${printable(why)}`,
    );
  }

  #count({ difference }: Redecision): void {
    this.#counts.set(difference, (this.#counts.get(difference) ?? 0) + 1);
    if (difference === 'newly refused') this.newlyRefused++;
  }
}
