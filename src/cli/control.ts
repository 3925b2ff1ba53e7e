/**
 * `warder suspend | resume | kill RUN` and `warder holds | approve | refuse`: what people do about runs under way.
 *
 * Out:    a line of what really happened, or the gateway's answer as JSON.
 * Status: 0 when it is done, 1 when it is not, or not yet.
 */
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable, printableWord } from '../base/printable.ts';
import { UUID } from '../base/uuid.ts';
import { controlService } from '../contract/control-service.ts';
import { toNumber } from '../contract/int64.ts';
import { CommandKind, type Hold } from '../contract/messages.ts';
import { EXIT } from './failure.ts';
import { type Ask, type GatewayOptions, withAsk, withGateway } from './gateway-client.ts';
import { stdoutSink } from './line-sink.ts';

interface ControlOptions extends GatewayOptions {
  json?: boolean;
  because?: string;
  all?: boolean;
}

const KINDS = {
  suspend: [
    CommandKind.COMMAND_KIND_SUSPEND,
    'stop every process of a run, until it is resumed',
    'suspended',
  ],
  resume: [CommandKind.COMMAND_KIND_RESUME, 'let a suspended run go on', 'resumed'],
  kill: [CommandKind.COMMAND_KIND_KILL, 'end every process of a run', 'killed'],
} as const;

export function runCommandOf(name: keyof typeof KINDS): Command {
  const [kind, summary, past] = KINDS[name];
  return asking(name, summary)
    .argument('<run>', "a run's id, or the end of one, as warder top shows it; 'last' for the newest")
    .option('-m, --because <text>', 'why, for the audit log')
    .action(async (name: string, options: ControlOptions) => {
      const because = options.because ?? '';
      const { run, answer } = await withAsk(options, async (ask) => {
        const run = await runUnderWay(ask, name);
        return { run, answer: await ask(controlService.commandRun, { run, kind, because }) };
      });
      const { result, host } = answer;
      if (result?.done)
        await say(options, answer, [printable(`${run} ${past}: ${result.processes} processes on ${host}`)]);
      else if (result)
        await say(options, answer, [printable(`${run} not ${past} on ${host}: ${result.message}`)], true);
      else {
        const why = host
          ? `${host} has not answered yet`
          : 'no attached host has that run: the command waits for it';
        await say(options, answer, [printable(`${run} not ${past} yet: ${why}`)], true);
      }
    });
}

/** A whole id may be that of a run whose host is away; the end of one is of a run that a host has now. */
async function runUnderWay(ask: Ask, name: string): Promise<string> {
  if (UUID.test(name)) return name;
  const { runs } = await ask(controlService.listActiveRuns, {});
  // Ids begin with the time: the newest is the greatest.
  const ids = (runs ?? []).map(({ run }) => run?.run ?? '').sort();
  const found =
    name === 'last' ? ids.slice(-1) : ids.filter((id) => name !== '' && id.endsWith(name.toLowerCase()));
  if (found.length === 1) return found[0]!;
  throw new WarderError(
    'QUERY_RUN',
    name === 'last' ? 'no run is under way' : `'${name}' is the end of ${found.length} ids of runs under way`,
    'give enough of the end of an id: those under way are listed by: warder top --once',
  );
}

export function holdsCommand(): Command {
  return asking('holds', 'list what waits for a person')
    .option('--all', 'those that were answered as well')
    .action(async (options: ControlOptions) => {
      const request = { all: options.all ?? false };
      const { holds, leftOut } = await withAsk(options, (ask) => ask(controlService.listHolds, request));
      const lines = (holds ?? []).map(holdLine);
      const more = `${leftOut} more wait than one answer takes: answer these first`;
      if (leftOut) lines.push(more);
      await say(options, holds ?? [], lines);
      // What is read by a program is the list, whole or not.
      if (leftOut && options.json) process.stderr.write(`warder: ${more}\n`);
    });
}

export function answerCommand(name: 'approve' | 'refuse'): Command {
  const allow = name === 'approve';
  const summary = allow
    ? 'let a held action go ahead, once'
    : 'refuse a held action, or take back the grant of one that was approved';
  return asking(name, summary)
    .argument('<id>', 'of a held action, or its beginning')
    .option('-m, --because <text>', 'why, for the audit log')
    .action(async (id: string, options: ControlOptions) => {
      const request = { id, allow, because: options.because ?? '' };
      const hold = await withAsk(options, (ask) => ask(controlService.answerHold, request));
      await say(options, hold, [holdLine(hold)]);
    });
}

function asking(name: string, summary: string): Command {
  const text = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return withGateway(new Command(name).description(text)).option('--json', "the gateway's answer as JSON");
}

/** @param lines printable */
async function say(options: ControlOptions, json: unknown, lines: string[], failed = false): Promise<void> {
  const stdout = stdoutSink();
  if (options.json) stdout.write(JSON.stringify(json));
  else for (const line of lines) stdout.write(line);
  await stdout.close();
  if (failed) process.exitCode = EXIT.failed;
}

/** Printable. Words that the agent chose are quoted: they can say nothing in the place of what stands behind them. */
export function holdLine({ action, host, state, answeredBy, askedUnixMs }: Hold): string {
  const { id = '', category, target, run, agent, pid, argv, rule } = action ?? {};
  const asked = new Date(toNumber(askedUnixMs)).toISOString();
  const what = /^[/@]/.test(target ?? '') ? printableWord(target ?? '') : printable(target ?? '');
  const command = (argv ?? []).length > 0 ? `  ${(argv ?? []).map(printableWord).join(' ')}` : '';
  const because = rule?.because ? `  because ${printable(rule.because)}` : '';
  const by = answeredBy ? ` by ${answeredBy}` : '';
  const answer = printable(`${id?.slice(0, 8)}  ${asked}  ${state}${by}  ${category}`);
  return `${answer} ${what}${command}${because}${printable(`  process ${pid} of ${agent} on ${host}, run ${run}`)}`;
}
