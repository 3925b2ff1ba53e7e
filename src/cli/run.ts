/**
 * `warder run`: one agent under policy, with gateway and runtime inside the command.
 *
 * In:     the command line; policy files.
 * Out:    Warder's own lines on stderr or in --output FILE; the agent's stdio is its own. Exit status or signal
 *         of the agent; 125 when Warder itself failed, 126 or 127 when the agent's program could not be executed
 *         or found.
 */

import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { printable } from '../base/printable.ts';
import { parseServer, type Server } from '../runtime/egress/resolv-conf.ts';
import { type RunAsked, SOCKET } from '../runtime/local/frames.ts';
import type { RunResult } from '../runtime/runs/run.ts';
import { callerEnvironment } from './caller-environment.ts';
import type { HeldText, StartAgent, StartEmbedded } from './embedding.ts';
import { failureLines, runFailureStatus } from './failure.ts';
import { fileSink, type LineSink, stderrSink } from './line-sink.ts';
import type { Warn } from './run-embedded.ts';
import type { RunReport } from './run-report.ts';
import { startThroughService } from './service-run.ts';
import { endAs, relaySignals } from './signals.ts';
import { PLAIN, type Style, styleFor } from './terminal.ts';
import { workspaceDirectory } from './workspace.ts';

export interface RunOptions {
  policy?: string[];
  agent?: string;
  workspace?: string;
  user?: string;
  privateTmp?: boolean;
  hold?: number;
  dns?: Server[];
  redactionRules?: string[];
  state?: string;
  socket?: string;
  output?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

const NO_POLICY = 'no policy given: say which with --policy FILE';

/** Different failures remembered as told. */
const TOLD_MAX = 100;

const HELP = `
With --policy, gateway and runtime run inside the command, which takes root; the agent runs as root unless --user says
otherwise. Without --policy and --state the runtime that runs as a service starts the agent, as yourself, under the
policy of its gateway; the operator says which agents you may start. Either way the agent starts in the current
directory with your environment. Warder's own lines go to stderr, never into the agent's stdout.

Exit status: the agent's own, or its signal. 125 when Warder itself failed, 126 or 127 when the command
could not be executed or found.

Examples:
  sudo warder run --policy policy.yaml -- git status
  sudo warder run --policy fleet.yaml team.yaml --agent acme/payments/coder --user alice -- claude
  sudo warder run --policy policy.yaml --json --output events.jsonl -- ./agent.sh
  warder run --agent acme/payments/coder -- claude`;

export function runCommand(start: StartEmbedded): Command {
  return new Command('run')
    .description('Run an agent under policy: see what it does, stop what the policy does not allow.')
    .usage('[--policy FILE...] [options] -- COMMAND [ARGUMENT...]')
    .argument('[command...]', 'the agent and its arguments, behind --')
    .option('-p, --policy <file...>', 'policy files; all their documents apply')
    .option('-a, --agent <name>', 'NAME, ORG/TEAM/NAME or a whole spiffe:// id')
    .option('-w, --workspace <dir>', "the policy's ${workspace}; default: the current directory")
    .option('-u, --user <name>', 'run the agent as this user: NAME or UID[:GID]')
    .option('--private-tmp', "/tmp and /var/tmp are the run's own, empty at its start, gone at its end")
    .option('--hold <seconds>', 'how long what the policy holds waits for a person; default: 120', seconds)
    .option(
      '--dns <address...>',
      'DNS servers that names are asked of; default: those of /etc/resolv.conf',
      server,
    )
    .option('--redaction-rules <file...>', 'rules for secrets of your own, beside the built-in ones')
    .option('-s, --state <dir>', 'state directory; default: WARDER_STATE_DIR, or the XDG one')
    .option('--socket <path>', `the service's socket; default: WARDER_RUNTIME_SOCKET, or ${SOCKET}`)
    .option('-o, --output <file>', "write Warder's own lines to this file instead of stderr")
    .option('--json', 'events as JSON lines, the summary as the last one')
    .option('-q, --quiet', 'no line per event: the summary only')
    .option('-v, --verbose', 'a line for every event, nothing folded or cut')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (command: string[], options: RunOptions, self: Command) => {
      if (command.length === 0) {
        self.error(
          "error: no command given: put it behind --, as in 'warder run --policy FILE -- git status'",
        );
      }
      const socket = options.socket ?? (process.env.WARDER_RUNTIME_SOCKET || SOCKET);
      const service = options.policy === undefined && options.state === undefined;
      if (!service && options.policy === undefined) self.error(`error: ${NO_POLICY}`);
      if (service && options.socket === undefined && !existsSync(socket)) {
        self.error(`error: ${NO_POLICY}, or start the service of the runtime: there is no ${socket}`);
      }
      const prepared = service
        ? async (): Promise<StartAgent> => startThroughService(socket, askedOf(command, options))
        : async (warn: Warn): Promise<StartAgent> => {
            const { prepareEmbedded } = await import('./run-embedded.ts');
            const embedded = await prepareEmbedded(command, options, warn);
            return async (observe) => start(embedded, await observe());
          };
      if (service && options.dns !== undefined) {
        self.error('error: the service asks the DNS servers of its own configuration: leave --dns out');
      }
      if (service && options.redactionRules !== undefined) {
        self.error(
          'error: the service redacts by the rules of its own configuration: leave --redaction-rules out',
        );
      }
      // On a terminal of the agent's own Ctrl-C comes as what is typed; another signal is for it alone.
      await run(options, prepared, !service && isatty(0));
    });
}

/** @param sharesTerminal the agent is in this process's session, on its terminal */
async function run(
  options: RunOptions,
  prepared: (warn: Warn) => Promise<StartAgent>,
  sharesTerminal: boolean,
): Promise<void> {
  const relay = relaySignals(sharesTerminal);
  const stderr = stderrSink();
  const told = new Set<string>();
  const tell = (error: unknown): void => tellFailure(error, stderr, told);
  let sink = stderr;
  let status: RunResult | undefined;
  try {
    const start = await prepared((warning) => stderr.write(printable(`warder: ${warning}`)));
    if (options.output !== undefined) sink = fileSink(options.output, tell);
    const style = sink === stderr ? styleFor(isatty(2), process.env) : PLAIN;
    let report: RunReport | undefined;
    const handle = await start(async () => {
      report = await reportOf(options, sink, style);
      return {
        onEvent: report.onEvent,
        onFolded: report.onFolded,
        onProblem: tell,
        onHeld: (held) => stderr.write(heldLine(held, options.state)),
      };
    });
    relay.to((signal, shared) => handle.signal(signal, shared));
    try {
      status = await handle.ended;
    } finally {
      report?.end(status);
    }
  } catch (error) {
    tell(error);
    process.exitCode = runFailureStatus(error);
  }
  if (sink !== stderr) await sink.close();
  if (sink.dropped > 0) stderr.write(`warder: ${sink.dropped} lines could not be shown`);
  await stderr.close();
  relay.close();
  if (status) endAs(status);
}

/** Loaded when it is asked for. */
async function reportOf(
  { json, quiet, verbose, state }: RunOptions,
  sink: LineSink,
  style: Style,
): Promise<RunReport> {
  const { RunReport } = await import('./run-report.ts');
  return new RunReport({ sink, style, json, quiet, verbose, state });
}

/** Printable, and all that a person needs to answer. */
function heldLine({ id, action, pid }: HeldText, state: string | undefined): string {
  const where = state === undefined ? '' : ` --state ${state}`;
  const short = id.slice(0, 8);
  return printable(
    `warder: held: ${action} of process ${pid} waits for a person: sudo warder approve ${short}${where} (or refuse)`,
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 86_400) return value;
  throw new InvalidArgumentError('write whole seconds, at most 86400.');
}

function server(text: string, before: Server[] = []): Server[] {
  const parsed = parseServer(text);
  if (parsed) return [...before, parsed];
  throw new InvalidArgumentError('write an address, or ADDRESS:PORT.');
}

/** What the service is asked. Which agent that is, and whether it may be started, is for it to say. */
function askedOf(command: readonly string[], options: RunOptions): RunAsked {
  return {
    agent: options.agent,
    command: [...command],
    workspace: workspaceDirectory(options.workspace),
    workingDirectory: process.cwd(),
    environment: callerEnvironment(process.env),
    umask: process.umask(),
    user: options.user,
    privateTmp: options.privateTmp,
    folded: options.quiet || !(options.json || options.verbose),
  };
}

/** A failure that repeats (a disk stays full) is told once. */
function tellFailure(error: unknown, sink: LineSink, told: Set<string>): void {
  const lines = failureLines(error, Boolean(process.env.WARDER_DEBUG));
  const text = lines.join('\n');
  if (told.has(text)) return;
  if (told.size < TOLD_MAX) told.add(text);
  for (const line of lines) sink.write(line);
}
