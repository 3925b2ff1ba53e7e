/**
 * What policies hold, until people answer.
 *
 * In:     questions of runtimes; answers of people.
 * Out:    one answer for each question, to the host that asked. The first answer counts; no answer in time is a no. A yes
 *         that makes a grant may be taken back while that can stand.
 *         Every step is an event of the log, written with it.
 *         Where the policy asks for a second person, whoever started the run cannot say yes, nor can nobody in particular.
 * Throws: HOLD_UNKNOWN, HOLD_ANSWERED, HOLD_SECOND_PERSON, GATEWAY_PROTOCOL, GATEWAY_STORE_….
 */
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { UUID } from '../../base/uuid.ts';
import { toNumber } from '../../contract/int64.ts';
import { HeldAction, type Hold, Verdict } from '../../contract/messages.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import { HeldActions, type HeldRow, holdMessage, type State } from './held-actions.ts';
import type { AttachedHost, AttachedHosts } from './hosts.ts';
import type { ControlOptions } from './service.ts';

const MOST_BYTES = 64 * 1024;
/** The longest that a question may wait, whatever its runtime says. */
const LONGEST_MS = 24 * 3600_000;
const EXPIRY_MS = 500;

export class HoldQueue {
  readonly #database: DatabaseSync;
  readonly #actions: HeldActions;
  readonly #own: OwnEvents;
  readonly #hosts: AttachedHosts;
  readonly #needsSecond: (agent: string) => boolean;
  /** Questions of runtimes that are attached here, not answered yet as far as is known here. */
  readonly #open = new Set<string>();
  /** Those that were allowed, while a grant may stand that another gateway's people can take back. */
  readonly #granted = new Set<string>();
  readonly #expiry: NodeJS.Timeout;

  constructor({ database, own, needsSecond, onError }: ControlOptions, hosts: AttachedHosts) {
    this.#needsSecond = needsSecond;
    this.#database = database;
    this.#actions = new HeldActions(database);
    this.#own = own;
    this.#hosts = hosts;
    this.#expiry = setInterval(() => {
      try {
        this.#expire();
        this.#answeredElsewhere();
      } catch (error) {
        onError(error as Error);
      }
    }, EXPIRY_MS).unref();
  }

  close(): void {
    clearInterval(this.#expiry);
  }

  /** A question; the same one again is answered again where it has an answer. */
  ask(host: AttachedHost, action: HeldAction): void {
    const id = action.id ?? '';
    const bytes = HeldAction.encode(action).finish();
    if (!UUID.test(id) || bytes.length > MOST_BYTES)
      throw malformed(`a held action of ${bytes.length} bytes`);
    const [known] = this.#actions.rows('WHERE id = ?', id);
    if (known) {
      if (known.host !== host.host) throw malformed("the id of another host's held action");
      if (known.state === 'allowed' && grantEnds(known) > Date.now()) this.#granted.add(id);
      if (known.state !== 'pending') send(host, id, known.state);
      else this.#open.add(id);
      return;
    }
    const now = Date.now();
    const expires = Math.min(toNumber(action.expiresUnixMs), now + LONGEST_MS);
    if (this.#actions.isFull(host.host, bytes.length)) {
      send(host, id, 'denied');
      return;
    }
    this.#open.add(id);
    this.#own.transaction((record) => {
      this.#database
        .prepare(
          'INSERT INTO held_actions (id, host, action, asked, expires, state) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(id, host.host, bytes, now, expires, 'pending');
      record({
        ...about(action),
        action: 'approval.asked',
        actor: { kind: 'runtime', name: host.host },
        changes: {
          id: ['', id],
          expires: ['', new Date(expires).toISOString()],
          started_by: ['', action.startedBy ?? ''],
        },
      });
    });
  }

  list(all: boolean): { holds: Hold[]; leftOut: number } {
    return this.#actions.list(all);
  }

  answer(wanted: string, allow: boolean, person: Actor, because: string): Hold {
    const row = this.#actions.find(wanted);
    const now = Date.now();
    if (!allow && row.state === 'allowed' && grantEnds(row) > now) return this.#revoke(row, person, because);
    if (row.state !== 'pending' || row.expires <= now) throw answered(row);
    if (allow && this.#needsSecond(row.action.agent ?? '')) requireSecond(row, person);
    const state = allow ? 'allowed' : 'denied';
    this.#own.transaction((record) => {
      const changed = this.#database
        .prepare(
          `UPDATE held_actions SET state = ?, answered_by = ?, answered = ?, because = ?
           WHERE id = ? AND state = 'pending'`,
        )
        .run(state, person.name, now, because, row.id);
      if (changed.changes === 0) throw answered(this.#actions.find(row.id));
      record({
        ...about(row.action),
        action: allow ? 'approval.given' : 'approval.refused',
        actor: person,
        because,
        changes: { id: [row.id, row.id], state: ['pending', state] },
      });
      if (allow && row.action.grantMs) {
        const until = new Date(grantEnds(row)).toISOString();
        record({
          ...about(row.action),
          action: 'grant.made',
          actor: person,
          changes: { id: ['', row.id], until: ['', until] },
        });
      }
    });
    this.#deliver(row, state);
    return holdMessage(this.#actions.find(row.id));
  }

  #revoke(row: HeldRow, person: Actor, because: string): Hold {
    this.#own.transaction((record) => {
      const changed = this.#database
        .prepare(
          `UPDATE held_actions SET state = 'denied', answered_by = ?, answered = ?, because = ?
           WHERE id = ? AND state = 'allowed'`,
        )
        .run(person.name, Date.now(), because, row.id);
      if (changed.changes === 0) throw answered(this.#actions.find(row.id));
      const changes = { id: [row.id, row.id], state: ['allowed', 'denied'] } as const;
      record({ ...about(row.action), action: 'grant.revoked', actor: person, because, changes });
    });
    this.#deliver(row, 'denied');
    return holdMessage(this.#actions.find(row.id));
  }

  #expire(): void {
    for (const row of this.#actions.rows("WHERE state = 'pending' AND expires <= ?", Date.now())) {
      this.#own.transaction((record) => {
        this.#database.prepare("UPDATE held_actions SET state = 'expired' WHERE id = ?").run(row.id);
        record({ ...about(row.action), action: 'approval.expired', changes: { id: [row.id, row.id] } });
      });
      this.#deliver(row, 'expired');
    }
  }

  /** By another gateway on the same state directory. */
  #answeredElsewhere(): void {
    for (const id of this.#open) {
      const [row] = this.#actions.rows('WHERE id = ?', id);
      if (!row) this.#open.delete(id);
      else if (row.state !== 'pending') this.#deliver(row, row.state);
    }
    for (const id of this.#granted) {
      const [row] = this.#actions.rows('WHERE id = ?', id);
      if (row?.state === 'denied') this.#deliver(row, 'denied');
      else if (!row || grantEnds(row) <= Date.now()) this.#granted.delete(id);
    }
  }

  #deliver(row: HeldRow, state: Exclude<State, 'pending'>): void {
    this.#open.delete(row.id);
    this.#granted.delete(row.id);
    if (state === 'allowed' && row.action.grantMs) this.#granted.add(row.id);
    for (const host of this.#hosts.named(row.host)) send(host, row.id, state);
  }
}

/** What all events of one question have. */
function about({ category, target, agent, run }: HeldAction) {
  return { subject: `${category} ${target}`, agent: agent ?? '', run: run ?? '' };
}

function send(host: AttachedHost, id: string, state: Exclude<State, 'pending'>): void {
  const verdict = state === 'allowed' ? Verdict.VERDICT_ALLOW : Verdict.VERDICT_DENY;
  host.send(`hold ${id}`, { holdAnswer: { id, verdict } });
}

/** When a grant that a yes makes is over at the latest: the host may hear of the yes as long as it waits. */
function grantEnds({ expires, action: { grantMs } }: HeldRow): number {
  return grantMs ? expires + Math.min(grantMs, LONGEST_MS) : 0;
}

function answered({ id, state, answeredBy }: HeldRow): WarderError {
  const how = state === 'pending' || state === 'expired' ? 'its time is over' : `${answeredBy} ${state} it`;
  return new WarderError('HOLD_ANSWERED', `${id} has its answer: ${how}`, 'nothing is left to be said to it');
}

/** Keys of people bear the names of their users. An operator is whoever has the machine: nobody in particular. */
function requireSecond({ id, action }: HeldRow, { kind, name }: Actor): void {
  const startedBy = action.startedBy ?? '';
  if (kind === 'person' && name !== startedBy) return;
  throw new WarderError(
    'HOLD_SECOND_PERSON',
    kind === 'person'
      ? `${id} is of a run that ${name} started, and its policy wants the yes of somebody else`
      : `${id} wants the yes of a person other than ${startedBy || 'who started the run'}, and ${name} is nobody in particular`,
    'ask somebody with a key of their own and the role approver (warder approve --gateway ADDRESS --token-file KEY)',
  );
}

function malformed(what: string): WarderError {
  return new WarderError(
    'GATEWAY_PROTOCOL',
    `refused from a runtime: ${what}`,
    'compare the versions of runtime and gateway',
  );
}
