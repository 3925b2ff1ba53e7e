/**
 * `warder adopt` and `warder release`: processes that run already, under an agent and out again, by the runtime that
 * runs as a service.
 */
import { Command, InvalidArgumentError } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { type AdoptAsked, type RunListed, SOCKET } from '../runtime/local/frames.ts';
import { columns } from './listing.ts';
import { askRuntime, localSocket } from './local-client.ts';

interface SocketOptions {
  socket?: string;
  json?: boolean;
}

interface AdoptOptions extends SocketOptions, AdoptAsked {
  list?: boolean;
}

const KINDS = ['unit', 'cgroup', 'container', 'pid', 'exe'] as const;

const HELP = `
Exactly one of --unit, --cgroup, --container, --pid and --exe says what. Units, cgroups and executables that are not there
yet are waited for. What runs is governed at once, and so is what it starts; files and sockets that it has open it
keeps. What stays adopted for good belongs into \`adopt\` of /etc/warder/runtime.yaml.

For root; where the operator says \`adopt: true\` in a row of \`allow\`, other users may name a process of theirs.

Examples:
  sudo warder adopt --unit coder.service --agent acme/payments/coder
  sudo warder adopt --container web --workspace /work
  sudo warder adopt --pid 4711 --agent acme/payments/coder
  sudo warder adopt --list`;

export function adoptCommand(): Command {
  const command = new Command('adopt')
    .description('Bring processes under an agent that Warder did not start.')
    .option('--unit <name>', 'a unit of systemd')
    .option('--cgroup <path>', 'a directory of cgroup2, with all below it')
    .option('--container <name>', 'a container of Docker or Podman that runs, by name or id')
    .option('--pid <number>', 'a process, with all that it has started', pid)
    .option('--exe <file>', 'who runs this program, and who will')
    .option('-a, --agent <name>', 'NAME, ORG/TEAM/NAME or a whole spiffe:// id; default: what it is called')
    .option('-w, --workspace <dir>', "the policy's ${workspace}, as the agent sees it")
    .option('--list', 'show the runs under way, adopted and started');
  return withSocket(command)
    .addHelpText('after', HELP)
    .action(async ({ socket, json, list, ...asked }: AdoptOptions, self: Command) => {
      const given = KINDS.filter((kind) => asked[kind] !== undefined);
      if (list) return await listRuns(localSocket(socket), json);
      if (given.length !== 1) {
        self.error(
          `error: ${given.length === 0 ? 'nothing' : given.map((kind) => `--${kind}`).join(' and ')} named, and one thing is adopted at a time`,
        );
      }
      const said = await askRuntime(localSocket(socket), { adopt: asked });
      if (!('adopted' in said)) throw unexpected();
      const { run, agent, what, processes } = said.adopted;
      const text = `${run} ${what}: ${processes} processes under ${agent}`;
      process.stdout.write(`${json ? JSON.stringify(said.adopted) : printable(text)}\n`);
    });
}

export function releaseCommand(): Command {
  const command = new Command('release')
    .description('Set the processes of an adopted run free.')
    .argument('<run>', "the run's id, as warder adopt shows it");
  return withSocket(command)
    .addHelpText('after', '\nExample:\n  sudo warder release 018f3c52-7b1e-7a44-9c01-2f6f1d0f8a11')
    .action(async (run: string, { socket, json }: SocketOptions) => {
      const said = await askRuntime(localSocket(socket), { release: run });
      if (!('released' in said)) throw unexpected();
      process.stdout.write(`${json ? JSON.stringify(said.released) : `${printable(run)} released`}\n`);
    });
}

async function runsUnderWay(socket: string): Promise<RunListed[]> {
  const said = await askRuntime(socket, { list: true });
  if (!('runs' in said)) throw unexpected();
  return said.runs;
}

async function listRuns(socket: string, json: boolean | undefined): Promise<void> {
  const runs = await runsUnderWay(socket);
  if (json) {
    for (const run of runs) process.stdout.write(`${JSON.stringify(run)}\n`);
    return;
  }
  const rows = runs.map(({ run, agent, pid: first, adopted, by, processes }) => {
    const how = adopted
      ? `adopted ${adopted} by ${by === 'rule' ? 'a rule' : `user ${by?.uid ?? 0}`}`
      : `started, process ${first}`;
    return [run, agent, `${processes} processes`, how].map((text) => printable(text));
  });
  process.stdout.write(rows.length > 0 ? `${columns(rows)}\n` : 'no runs are under way\n');
}

function withSocket(command: Command): Command {
  return command
    .option('--socket <path>', `the runtime's socket; default: WARDER_RUNTIME_SOCKET, or ${SOCKET}`)
    .option('--json', 'as JSON');
}

function pid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of a process.');
}

function unexpected(): WarderError {
  return new WarderError(
    'LOCAL_PROTOCOL',
    "the runtime's answer is to another question",
    'use a warder of the same version as the runtime',
  );
}
