/**
 * What policies hold, put to the gateway's people.
 *
 * In:  held actions; answers, from the uplink.
 * Out: one answer for each question. A question is said again at each attach until it is answered or its time is
 *      over; the gateway knows it by its id.
 */
import { randomUUID } from 'node:crypto';
import { toLong } from '../contract/int64.ts';
import { Verdict } from '../contract/messages.ts';
import type { Answer, HeldAction, Holds } from './holds.ts';
import type { Uplink } from './uplink.ts';

export interface GatewayHoldsOptions {
  uplink: Pick<Uplink, 'onControl' | 'keepSaying'>;
  /** How long a question waits; past it the answer is no. */
  answerMs: number;
  /** Told of each question, so that whoever sits there knows why the agent waits. */
  onAsked?: ((id: string, action: HeldAction) => void) | undefined;
}

export class GatewayHolds implements Holds {
  readonly #options: GatewayHoldsOptions;
  readonly #open = new Map<string, (answer: Answer) => void>();
  readonly #leave: () => void;

  constructor(options: GatewayHoldsOptions) {
    this.#options = options;
    this.#leave = options.uplink.onControl(({ holdAnswer }) => {
      if (!holdAnswer) return;
      const allow = holdAnswer.verdict === Verdict.VERDICT_ALLOW;
      this.#open.get(holdAnswer.id ?? '')?.(allow ? 'allow' : 'deny');
    });
  }

  ask(action: HeldAction): Promise<Answer> {
    const { uplink, answerMs, onAsked } = this.#options;
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const late = setTimeout(() => resolve('deny'), answerMs).unref();
    this.#open.set(id, resolve);
    const { argv, ...rest } = action;
    const expiresUnixMs = toLong(Date.now() + answerMs);
    uplink.keepSaying(`held ${id}`, { held: { id, ...rest, argv: [...argv], expiresUnixMs } });
    onAsked?.(id, action);
    return promise.finally(() => {
      clearTimeout(late);
      this.#open.delete(id);
      uplink.keepSaying(`held ${id}`, undefined);
    });
  }

  /** Whoever still waits has a no. */
  close(): void {
    this.#leave();
    for (const resolve of this.#open.values()) resolve('deny');
  }
}
