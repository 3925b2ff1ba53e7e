/**
 * Commands for runs: given by people, kept until a runtime says what really happened.
 *
 * In:     a run, what to do, who says so.
 * Out:    the runtime's result; none while the run's host is not attached: the command is delivered when it is.
 * Throws: CONTROL_RUN where no run can be meant, CONTROL_FULL, GATEWAY_STORE_….
 *
 * A command and its result are events of the log. A later command for a run takes the place of one that waits, but
 * none of an end to it.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { UUID_V7 } from '../../base/uuid.ts';
import { type Command, CommandKind, type CommandResult } from '../../contract/messages.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import type { AttachedHost, AttachedHosts } from './hosts.ts';

/** How long a caller waits for what happened; the command stands all the same. */
const ANSWER_MS = 10_000;
const MOST_WAITING = 1000;
/** What a runtime says of why it could not. */
const MESSAGE_LENGTH = 1000;

const NAMES: Readonly<Record<number, string>> = {
  [CommandKind.COMMAND_KIND_SUSPEND]: 'suspend',
  [CommandKind.COMMAND_KIND_RESUME]: 'resume',
  [CommandKind.COMMAND_KIND_KILL]: 'kill',
};

interface Waiting {
  id: string;
  run: string;
  kind: CommandKind;
}

export interface Given {
  id: string;
  host: string;
  result?: CommandResult;
}

export class Commands {
  readonly #database: DatabaseSync;
  readonly #own: OwnEvents;
  readonly #hosts: AttachedHosts;
  readonly #answered = new Map<string, (result: CommandResult) => void>();

  constructor(database: DatabaseSync, own: OwnEvents, hosts: AttachedHosts) {
    this.#database = database;
    this.#own = own;
    this.#hosts = hosts;
  }

  async give(run: string, kind: CommandKind, actor: Actor, because: string): Promise<Given> {
    const name = NAMES[kind];
    if (!UUID_V7.test(run) || !name) {
      throw new WarderError(
        'CONTROL_RUN',
        `${JSON.stringify(run.slice(0, 80))} is not the id of a run, or the command is none`,
        'give a run as `warder top --once` shows it',
      );
    }
    const id = randomUUID();
    this.#own.transaction((record) => {
      if (this.#waiting().length >= MOST_WAITING) throw full();
      // A kill that waits stays: nothing undoes it.
      this.#database
        .prepare('DELETE FROM commands WHERE run = ? AND kind <> ?')
        .run(run, CommandKind.COMMAND_KIND_KILL);
      this.#database.prepare('INSERT INTO commands (id, run, kind) VALUES (?, ?, ?)').run(id, run, kind);
      record({ action: 'command.given', actor, subject: name, because, run });
    });
    const host = this.#hosts.of(run);
    if (!host) return { id, host: '' };
    const result = this.#result(id);
    send(host, { id, run, kind });
    const answer = await result;
    return { id, host: host.host, ...(answer ? { result: answer } : {}) };
  }

  /** Sends what waits for the runs that a runtime has. */
  deliver(host: AttachedHost): void {
    for (const command of this.#waiting()) if (this.#hosts.of(command.run) === host) send(host, command);
  }

  /** What a runtime says of a command; only of one that waits, and for a run of its own. */
  done(host: AttachedHost, result: CommandResult): void {
    const id = result.id ?? '';
    const command = this.#waiting().find((each) => each.id === id);
    if (!command) return;
    const { done, processes } = result;
    const message = (result.message ?? '').slice(0, MESSAGE_LENGTH);
    this.#own.transaction((record) => {
      this.#database.prepare('DELETE FROM commands WHERE id = ?').run(id);
      record({
        action: 'command.done',
        actor: { kind: 'runtime', name: host.host },
        subject: NAMES[command.kind] ?? '',
        run: command.run,
        because: message,
        changes: { done: ['', `${done ?? false}`], processes: ['', `${processes ?? 0}`] },
      });
    });
    this.#answered.get(id)?.({ ...result, message });
  }

  #waiting(): Waiting[] {
    const rows = this.#database.prepare('SELECT id, run, kind FROM commands ORDER BY rowid').all();
    return rows as unknown as Waiting[];
  }

  #result(id: string): Promise<CommandResult | undefined> {
    const { promise, resolve } = Promise.withResolvers<CommandResult | undefined>();
    const late = setTimeout(() => resolve(undefined), ANSWER_MS).unref();
    this.#answered.set(id, resolve);
    return promise.finally(() => {
      clearTimeout(late);
      this.#answered.delete(id);
    });
  }
}

function send(host: AttachedHost, command: Command): void {
  host.send(`command ${command.id}`, { command });
}

function full(): WarderError {
  return new WarderError(
    'CONTROL_FULL',
    `${MOST_WAITING} commands wait for hosts that are not attached`,
    'see why these hosts are away before giving more',
  );
}
