/**
 * Replies of the host's DNS servers, each for as long as it says itself; who asks for what is being asked already
 * waits for the same answer.
 *
 * Bounded: the oldest goes first. What each process may see of a reply is judged anew every time.
 */
import type { Reply } from './records.ts';

const ENTRIES_MOST = 4096;

export interface Cached {
  reply: Reply;
  /** Seconds that are left of it. */
  ttl: number;
  hit: boolean;
}

export class ReplyCache {
  readonly #entries = new Map<string, { reply: Reply; untilMs: number }>();
  readonly #asking = new Map<string, Promise<Reply>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  kept(key: string): Cached | null {
    const entry = this.#entries.get(key);
    const left = entry ? entry.untilMs - this.#nowMs() : 0;
    return entry && left > 0 ? { reply: entry.reply, ttl: Math.ceil(left / 1000), hit: true } : null;
  }

  /**
   * @param ask asks at once: whoever else wants to know waits for it. Null: nobody is to be asked; so is what comes out
   *        then
   */
  async get(key: string, ask: () => Promise<Reply> | null): Promise<Cached | null> {
    const kept = this.kept(key);
    if (kept) return kept;
    const asking = this.#asking.get(key) ?? this.#ask(key, ask());
    if (!asking) return null;
    const reply = await asking;
    return { reply, ttl: reply.ttl, hit: false };
  }

  #ask(key: string, asked: Promise<Reply> | null): Promise<Reply> | null {
    const asking = asked
      ?.then((reply) => {
        this.#keep(key, reply);
        return reply;
      })
      .finally(() => this.#asking.delete(key));
    if (asking) this.#asking.set(key, asking);
    return asking ?? null;
  }

  #keep(key: string, reply: Reply): void {
    this.#entries.delete(key);
    if (reply.ttl === 0) return;
    if (this.#entries.size >= ENTRIES_MOST) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, { reply, untilMs: this.#nowMs() + reply.ttl * 1000 });
  }
}
