/**
 * What the gateway commands about runs of this host, done and verified.
 *
 * In:  commands, from the uplink; the cgroups of runs under way.
 * Out: a result for each, of what really happened; the list of runs, whenever it changes.
 *
 * The same command may come again after a break: it is answered again and not done again.
 */
import { toLong } from '../../contract/int64.ts';
import { type ActiveRun, type Command, CommandKind, type CommandResult } from '../../contract/messages.ts';
import type { RunCgroup } from '../launch/cgroup.ts';
import type { Uplink } from '../uplink/uplink.ts';

/** Results that are remembered. */
const REMEMBERED = 1000;
const KILL_MS = 5_000;
const PAUSE_MS = 5;
/** How long the end waits for answers to go out. */
const ANSWER_MS = 2_000;

export interface CommandedRun {
  run: string;
  agent: string;
  cgroup: RunCgroup;
}

interface Known extends CommandedRun {
  startedUnixMs: number;
  suspended: boolean;
}

export class RunCommands {
  readonly #uplink: Pick<Uplink, 'onControl' | 'say' | 'keepSaying'>;
  readonly #runs = new Map<string, Known>();
  readonly #results = new Map<string, Promise<CommandResult>>();
  readonly #answering = new Set<Promise<void>>();
  readonly #leave: () => void;

  constructor(uplink: Pick<Uplink, 'onControl' | 'say' | 'keepSaying'>) {
    this.#uplink = uplink;
    this.#leave = uplink.onControl(({ command }) => {
      if (!command) return;
      const answering = this.#take(command).finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    });
  }

  add(run: CommandedRun): void {
    this.#runs.set(run.run, { ...run, startedUnixMs: Date.now(), suspended: false });
    this.#tell();
  }

  remove(run: string): void {
    if (this.#runs.delete(run)) this.#tell();
  }

  /** Whoever killed the last run hears of it before this process is gone. */
  async close(): Promise<void> {
    this.#leave();
    this.#uplink.keepSaying('runs', undefined);
    const late = new Promise((resolve) => setTimeout(resolve, ANSWER_MS).unref());
    await Promise.race([Promise.all(this.#answering), late]);
  }

  /** What a budget that is used up does to a run. */
  async byBudget(run: string, consequence: 'suspend' | 'kill'): Promise<void> {
    const known = this.#runs.get(run);
    const { COMMAND_KIND_SUSPEND, COMMAND_KIND_KILL } = CommandKind;
    if (known)
      await this.#carryOut(known, consequence === 'suspend' ? COMMAND_KIND_SUSPEND : COMMAND_KIND_KILL);
  }

  #tell(): void {
    const runs = [...this.#runs.values()].map(
      ({ run, agent, suspended, startedUnixMs }): ActiveRun => ({
        run,
        agent,
        suspended,
        startedUnixMs: toLong(startedUnixMs),
      }),
    );
    this.#uplink.keepSaying('runs', { activeRuns: { runs } });
  }

  async #take(command: Command): Promise<void> {
    const id = command.id ?? '';
    const result = this.#results.get(id) ?? this.#do(command);
    this.#results.set(id, result);
    if (this.#results.size > REMEMBERED) this.#results.delete(this.#results.keys().next().value!);
    await this.#uplink.say({ commandResult: await result });
  }

  async #do(command: Command): Promise<CommandResult> {
    const { run: wanted, kind } = command;
    const id = command.id ?? '';
    const run = this.#runs.get(wanted ?? '');
    if (!run) return { id, done: false, message: 'the run is not under way on this host' };
    try {
      const processes = run.cgroup.processes().length;
      await this.#carryOut(run, kind ?? CommandKind.COMMAND_KIND_UNSPECIFIED);
      return { id, done: true, processes };
    } catch (error) {
      return { id, done: false, message: (error as Error).message };
    }
  }

  async #carryOut(run: Known, kind: CommandKind): Promise<void> {
    switch (kind) {
      case CommandKind.COMMAND_KIND_SUSPEND:
      case CommandKind.COMMAND_KIND_RESUME:
        await run.cgroup.suspend(kind === CommandKind.COMMAND_KIND_SUSPEND);
        run.suspended = kind === CommandKind.COMMAND_KIND_SUSPEND;
        this.#tell();
        return;
      case CommandKind.COMMAND_KIND_KILL:
        run.cgroup.kill();
        await emptied(run.cgroup);
        return;
      default:
        throw new Error('a command that this runtime does not know');
    }
  }
}

/** Once no process is left; the run's own end takes the cgroup away. */
async function emptied(cgroup: RunCgroup): Promise<void> {
  const deadline = Date.now() + KILL_MS;
  for (;;) {
    const left = processesOf(cgroup);
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`processes ${left.join(', ')} are still there after ${KILL_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function processesOf(cgroup: RunCgroup): number[] {
  try {
    return cgroup.processes();
  } catch {
    return []; // taken away with its last process
  }
}
