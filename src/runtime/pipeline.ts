/**
 * From the ring buffers to the gateway: decode, say who did it, redact, send.
 *
 * In:     batches of kernel records, as the drain thread hands them over.
 * Out:    sealed events to `send`, in order, and one by one to `onEvent`. Losses become events of their own.
 * Bounds: a batch is released only when `send` has taken its events, so a slow gateway stops the drain thread
 *         and the kernel counts what it drops: memory never grows.
 * Thread: JS thread of the sensor.
 */
import type { ExecEvent, KernelEvent, LossCount } from '../kernel/events.ts';
import { decodeBatch } from '../kernel/records.ts';
import type { PathJudge } from './enforcement/judge-path.ts';
import type { EventBuilder, SealedEvent } from './event-builder.ts';
import { isUnexplained, type RefusedCallEvent, RefusedLinks } from './refused-links.ts';

export interface PipelineOptions {
  builder: EventBuilder;
  /** Takes a batch of events; resolves when there is room for the next. */
  send: (events: SealedEvent[]) => Promise<void>;
  onEvent: (event: SealedEvent) => void;
  /** A program was refused because its content is not known. */
  onUnknownContent: (event: ExecEvent) => void;
  /** Losses since the programs were loaded. */
  losses: () => LossCount[];
  nowUnixNs: () => bigint;
  /** Told of each kernel event, before it is told to anybody else. */
  observe: (event: KernelEvent) => void;
  /** Of a run by its number; undefined once it is over. */
  judgeOf: (run: number) => PathJudge | undefined;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #reported = new Map<string, bigint>();
  /** Sends happen in order: each waits for the one before. */
  #sending: Promise<void> = Promise.resolve();
  readonly #links = new RefusedLinks();

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** One batch from the drain thread. Resolves when its events have been taken over. */
  async batch(bytes: Buffer): Promise<void> {
    const events: SealedEvent[] = [];
    const unexplained: Promise<void>[] = [];
    for (const record of decodeBatch(bytes)) {
      this.#options.observe(record);
      if (record.kind === 'exec' && record.would.reason === 'content') this.#options.onUnknownContent(record);
      if (isUnexplained(record)) {
        unexplained.push(this.#explain(record));
        continue;
      }
      const event = this.#options.builder.build(record);
      if (event) events.push(event);
    }
    await Promise.all([this.emit(events), ...unexplained]);
  }

  /** A refusal whose cause takes a look at the file system: told a little later than what came with it. */
  async #explain(record: RefusedCallEvent): Promise<void> {
    const judge = this.#options.judgeOf(record.run);
    const explained = judge && (await this.#links.explain(record, judge));
    // What the policy says nothing of is refused by that name too.
    const told = explained ?? (record.ruling.verdict === 'allow' ? undefined : record);
    const event = told && this.#options.builder.build(told);
    if (event) await this.emit([event]);
  }

  /** Events of Warder's own making, behind all that came before. */
  async emit(events: SealedEvent[]): Promise<void> {
    if (events.length === 0) return;
    for (const event of events) this.#options.onEvent(event);
    const sending = this.#sending.then(() => this.#options.send(events));
    this.#sending = sending.catch(() => {});
    await sending;
  }

  /** Losses that have been told of, by kind and cause. Set: those that an earlier process told of. */
  get reported(): [string, bigint][] {
    return [...this.#reported];
  }

  set reported(told: readonly (readonly [string, bigint])[]) {
    for (const [key, records] of told) this.#reported.set(key, records);
  }

  /** Tells what has been lost since it was told last, if anything. Returns what is new. */
  async reportLosses(): Promise<LossCount[]> {
    const fresh: LossCount[] = [];
    for (const count of this.#options.losses()) {
      const key = `${count.kind}/${count.cause}`;
      const records = count.records - (this.#reported.get(key) ?? 0n);
      if (records > 0n) fresh.push({ ...count, records });
      this.#reported.set(key, count.records);
    }
    if (fresh.length > 0) {
      await this.emit([this.#options.builder.loss(fresh, this.#options.nowUnixNs())]);
    }
    return fresh;
  }
}
