/**
 * What a policy holds until a person says yes.
 *
 * In:  held actions, as they are met. Out: an answer for each: whoever takes part puts it to people (Holds).
 * Bounds: PENDING_MAX questions of one run at once, no second question about the same action while one is open or
 *         DENIED_MS after a no; past that the answer is no, without anybody being asked. No answer in time is a no.
 * The agent cannot answer: nothing of what it may reach leads here.
 */
import type { RuleRef } from '../contract/messages.ts';
import type { Category } from '../contract/pattern.ts';
import type { Redacted, Sealed } from './redaction/redacted.ts';

export type Answer = 'allow' | 'deny';

/** What is put to a person. Every text has been redacted. */
export interface HeldAction {
  run: string;
  agent: string;
  category: Category;
  /** A path; for the network "tcp 10.0.0.1:443". */
  target: Redacted;
  pid: number;
  /** The rule that holds it. */
  rule?: Sealed<RuleRef>;
  /** Who started the run, by the host's name for the user. */
  startedBy?: Redacted;
  /** The command line that an exec was asked with, as far as it could be read: the last word says where that is not all. */
  argv: readonly Redacted[];
  /** How long a yes lets the action through; left out: once, now. */
  grantMs?: number;
}

export interface Holds {
  /**
   * Resolves with what a person said. May reject, or never settle: that is a no.
   *
   * @param onRevoked told when a person takes back a yes while its grant stands
   */
  ask(action: HeldAction, onRevoked: () => void): Promise<Answer>;
}

export interface HoldTimes {
  /** How long a question waits for its answer. */
  answerMs: number;
  /** How long a yes stands for the same action. */
  grantMs: number;
}

export const HOLD_TIMES: HoldTimes = { answerMs: 120_000, grantMs: 60_000 };

const PENDING_MAX = 32;
const DENIED_MS = 30_000;

export class HoldDesk {
  readonly #holds: Holds;
  readonly #times: HoldTimes;
  readonly #open = new Map<string, { answer: Promise<Answer>; onRevoked: (() => void)[] }>();
  /** Until when a no stands, in milliseconds of performance.now(). */
  readonly #denied = new Map<string, number>();

  constructor(holds: Holds, times: HoldTimes) {
    this.#holds = holds;
    this.#times = times;
  }

  get grantMs(): number {
    return this.#times.grantMs;
  }

  /**
   * @param key what makes two actions of the run the same
   * @param revoked told when a yes is taken back
   */
  ask(key: string, action: () => HeldAction, revoked: () => void = () => {}): Promise<Answer> {
    const open = this.#open.get(key);
    open?.onRevoked.push(revoked);
    if (open) return open.answer;
    const until = this.#denied.get(key) ?? 0;
    if (performance.now() < until || this.#open.size >= PENDING_MAX) return Promise.resolve('deny');
    const onRevoked = [revoked];
    const takeBack = (): void => {
      this.#remember(key);
      for (const each of onRevoked) each();
    };
    const answer = this.#inTime(action(), takeBack).then((said) => {
      this.#open.delete(key);
      if (said === 'deny') this.#remember(key);
      return said;
    });
    this.#open.set(key, { answer, onRevoked });
    return answer;
  }

  async #inTime(action: HeldAction, takeBack: () => void): Promise<Answer> {
    const { promise: late, resolve } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => resolve('deny'), this.#times.answerMs).unref();
    try {
      const said = await Promise.race([this.#holds.ask(action, takeBack), late]);
      return said === 'allow' ? 'allow' : 'deny';
    } catch {
      return 'deny'; // whoever asks tells of its own failures
    } finally {
      clearTimeout(timer);
    }
  }

  #remember(key: string): void {
    const now = performance.now();
    for (const [old, until] of this.#denied) if (until < now) this.#denied.delete(old);
    if (this.#denied.size < 4 * PENDING_MAX) this.#denied.set(key, now + DENIED_MS);
  }
}
