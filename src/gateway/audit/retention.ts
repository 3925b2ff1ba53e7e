/**
 * Which events the log lets go of, and when: by age, by size, by whole sealed segments, past legal holds.
 *
 * A segment is BLOCK_EVENTS events that a checkpoint has signed. Its rows go; the tree keeps their hashes, so that
 * everything else stays provable, and that these were there. What went stands in an event of the log, written in
 * the same transaction that makes it true; the last such event names all that is gone, so that an export proves its
 * own gaps. The rows themselves are deleted after that, in small steps, and overwritten (secure_delete).
 *
 * Age counts from when this gateway signed the events, by its own clock: a host cannot make its events older. Nor can a clock
 * that was wrong once: what was signed later is no older than what was signed before it, and a time to come is no time.
 *
 * Throws: GATEWAY_STORE_….
 */
import { WarderError } from '../../base/error.ts';
import type { Actor, OwnEvents, Recorder } from '../own-events.ts';
import { BLOCK_EVENTS } from '../store/block-index.ts';
import { pragma } from '../store/database.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';
import { blockRange, formatRanges, type IndexRange, joined } from './ranges.ts';

export const SEGMENT_EVENTS = BLOCK_EVENTS;
const RETAIN_EVERY_MS = 60 * 60_000;

export interface RetentionRule {
  ageMs?: number | undefined;
  /** Of what the database uses of its file. */
  maxBytes?: number | undefined;
}

export type HoldKind = 'agent' | 'run';

export interface Hold {
  kind: HoldKind;
  /** SPIFFE ID, or UUID of a run. */
  name: string;
}

export interface Applied {
  /** Segments that went now. */
  segments: number;
  events: number;
  /** Segments that would have gone but for a hold. */
  held: number;
}

interface Candidate {
  block: number;
  sealedMs: number;
}

export class Retention {
  readonly #log: SqliteEventLog;
  readonly #own: OwnEvents;

  constructor(log: SqliteEventLog, own: OwnEvents) {
    this.#log = log;
    this.#own = own;
  }

  /** Lets go of what the rule does not keep. */
  async apply(rule: RetentionRule, actor?: Actor, nowMs = Date.now()): Promise<Applied> {
    await this.sweep(); // what a gateway that was killed had not deleted yet
    let applied: Applied | undefined;
    while (!applied) applied = this.#applyOnce(rule, actor, nowMs);
    await this.sweep();
    return applied;
  }

  /** Undefined: another process has placed or lifted a hold while this one looked. */
  #applyOnce(rule: RetentionRule, actor: Actor | undefined, nowMs: number): Applied | undefined {
    const holds = JSON.stringify(this.holds());
    const due: number[] = [];
    let held = 0;
    let excess = rule.maxBytes === undefined ? 0 : this.usedBytes() - rule.maxBytes;
    const segmentBytes = this.#segmentBytes();
    for (const { block, sealedMs } of this.#sealed(nowMs)) {
      const old = rule.ageMs !== undefined && nowMs - sealedMs > rule.ageMs;
      if (!old && excess <= 0) break; // younger ones are no older
      if (this.#isHeld(block)) {
        held++;
        continue;
      }
      due.push(block);
      excess -= segmentBytes;
    }
    const applied = { segments: due.length, events: due.length * SEGMENT_EVENTS, held };
    if (due.length === 0) return applied;
    const recorded = this.#own.transaction((record: Recorder) => {
      if (JSON.stringify(this.holds()) !== holds) return false;
      this.#record(record, due, rule, held, actor);
      return true;
    });
    return recorded ? applied : undefined;
  }

  /** Ranges of events that are not kept any more. */
  gone(): IndexRange[] {
    const rows = this.#all('SELECT block FROM gone ORDER BY block') as { block: number }[];
    return joined(rows.map(({ block }) => blockRange(block)));
  }

  hold({ kind, name }: Hold, because: string, actor?: Actor): void {
    this.#own.transaction((record) => {
      const { changes } = this.#log.database
        .prepare('INSERT INTO holds (kind, name) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(kind, name);
      if (changes === 1) record(holdEvent('hold.placed', { kind, name }, because, actor));
    });
  }

  lift({ kind, name }: Hold, because: string, actor?: Actor): void {
    this.#own.transaction((record) => {
      const { changes } = this.#log.database
        .prepare('DELETE FROM holds WHERE kind = ? AND name = ?')
        .run(kind, name);
      if (changes === 0) throw noHold(kind, name);
      record(holdEvent('hold.lifted', { kind, name }, because, actor));
    });
  }

  holds(): Hold[] {
    return this.#all('SELECT kind, name FROM holds ORDER BY kind, name') as unknown as Hold[];
  }

  /** Bytes that the database uses of its file; the file itself never shrinks. */
  usedBytes(): number {
    const { database } = this.#log;
    return (
      (pragma(database, 'page_count') - pragma(database, 'freelist_count')) * pragma(database, 'page_size')
    );
  }

  /** Deletes the rows of what is gone, a segment at a time; others have the thread in between. */
  async sweep(): Promise<void> {
    for (const { block } of this.#all('SELECT block FROM gone WHERE swept = 0') as { block: number }[]) {
      this.#log.transaction(() => {
        const { from, to } = blockRange(block);
        const { database } = this.#log;
        database.exec('PRAGMA secure_delete = ON');
        database.prepare('DELETE FROM events WHERE idx >= ? AND idx < ?').run(from, to);
        database.prepare('DELETE FROM blocks WHERE block = ?').run(block);
        database.prepare('DELETE FROM block_agents WHERE block = ?').run(block);
        database.prepare('UPDATE gone SET swept = 1 WHERE block = ?').run(block);
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Whole segments below the last checkpoint that are still kept, the oldest first, and when they were signed. */
  *#sealed(nowMs: number): Generator<Candidate> {
    const { database } = this.#log;
    const gone = new Set(
      (this.#all('SELECT block FROM gone') as { block: number }[]).map(({ block }) => block),
    );
    const checkpoints = database
      .prepare('SELECT size, time_unix_ms AS ms FROM checkpoints ORDER BY size')
      .iterate() as Iterable<unknown> as Iterable<{ size: number; ms: number }>;
    let block = 0;
    let sealedMs: number | undefined;
    for (const { size, ms } of checkpoints) {
      if (ms <= nowMs) sealedMs = Math.max(sealedMs ?? ms, ms);
      if (sealedMs === undefined) continue;
      for (; (block + 1) * SEGMENT_EVENTS <= size; block++) {
        if (!gone.has(block)) yield { block, sealedMs };
      }
    }
  }

  #isHeld(block: number): boolean {
    const { from, to } = blockRange(block);
    const held = this.#log.database
      .prepare(
        `SELECT 1 FROM events WHERE idx >= ? AND idx < ? AND
           (run IN (SELECT runs.id FROM runs JOIN holds ON holds.kind = 'run' AND holds.name = runs.name) OR
            agent IN (SELECT agents.id FROM agents JOIN holds ON holds.kind = 'agent' AND holds.name = agents.name))
         LIMIT 1`,
      )
      .get(from, to);
    return held !== undefined;
  }

  /** What a segment takes, on average. */
  #segmentBytes(): number {
    const gone = this.#log.database.prepare('SELECT count(*) AS n FROM gone').get()!.n as number;
    const kept = this.#log.sizeNow() - gone * SEGMENT_EVENTS;
    return (this.usedBytes() / Math.max(kept, 1)) * SEGMENT_EVENTS;
  }

  #record(
    record: Recorder,
    due: readonly number[],
    { ageMs, maxBytes }: RetentionRule,
    held: number,
    actor: Actor | undefined,
  ): void {
    const insert = this.#log.database.prepare(
      'INSERT INTO gone (block, event, swept) VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
    );
    const event = this.#log.sizeNow();
    for (const block of due) insert.run(block, event);
    const rule = [
      ageMs === undefined ? '' : `age ${ageMs} ms`,
      maxBytes === undefined ? '' : `size ${maxBytes} bytes`,
    ];
    record({
      action: 'retention.applied',
      ...(actor ? { actor } : {}),
      subject: rule.filter(Boolean).join(', '),
      changes: {
        segments: ['', `${due.length}`],
        held: ['', `${held}`],
        ...formatRanges(this.gone()),
      },
    });
  }

  #all(sql: string): unknown[] {
    return this.#log.database.prepare(sql).all();
  }
}

/** Applies a rule at the start of a gateway and each hour. */
export class RetentionKeeper {
  readonly #retention: Retention;
  readonly #rule: RetentionRule;
  readonly #onError: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(retention: Retention, rule: RetentionRule, onError: (error: Error) => void) {
    this.#retention = retention;
    this.#rule = rule;
    this.#onError = onError;
  }

  start(): void {
    if (this.#rule.ageMs === undefined && this.#rule.maxBytes === undefined) return;
    this.#apply();
    this.#timer = setInterval(() => this.#apply(), RETAIN_EVERY_MS).unref();
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  #apply(): void {
    this.#working = this.#working.then(async () => {
      try {
        await this.#retention.apply(this.#rule);
      } catch (error) {
        this.#onError(error as Error);
      }
    });
  }
}

function holdEvent(
  action: 'hold.placed' | 'hold.lifted',
  { kind, name }: Hold,
  because: string,
  actor?: Actor,
) {
  return {
    action,
    subject: `${kind} ${name}`,
    because,
    ...(actor ? { actor } : {}),
    ...(kind === 'agent' ? { agent: name } : { run: name }),
  } as const;
}

function noHold(kind: string, name: string): WarderError {
  return new WarderError(
    'AUDIT_NO_HOLD',
    `there is no legal hold on the ${kind} ${name}`,
    'list them with: warder audit hold',
  );
}
