/**
 * What policies hold, put to the gateway's people.
 *
 * In:  held actions; answers, from the uplink.
 * Out: one answer for each question, and whether a yes is taken back. A question is said again at each attach until it is
 *      answered or its time is over, and while its grant stands; the gateway knows it by its id.
 */
import { randomUUID } from 'node:crypto';
import { toLong } from '../contract/int64.ts';
import { Verdict } from '../contract/messages.ts';
import type { Answer, HeldAction, Holds } from './holds.ts';
import type { Uplink } from './uplink/uplink.ts';

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
  /** What takes back a yes, while its grant stands. */
  readonly #granted = new Map<string, () => void>();
  readonly #leave: () => void;

  constructor(options: GatewayHoldsOptions) {
    this.#options = options;
    this.#leave = options.uplink.onControl(({ holdAnswer }) => {
      if (!holdAnswer) return;
      const { id = '', verdict } = holdAnswer;
      const allow = verdict === Verdict.VERDICT_ALLOW;
      if (!allow) this.#granted.get(id!)?.();
      this.#open.get(id!)?.(allow ? 'allow' : 'deny');
    });
  }

  ask(action: HeldAction, onRevoked: () => void = () => {}): Promise<Answer> {
    const { uplink, answerMs, onAsked } = this.#options;
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const late = setTimeout(() => resolve('deny'), answerMs).unref();
    this.#open.set(id, resolve);
    const { argv, ...rest } = action;
    const expiresUnixMs = toLong(Date.now() + answerMs);
    uplink.keepSaying(`held ${id}`, { held: { id, ...rest, argv: [...argv], expiresUnixMs } });
    onAsked?.(id, action);
    return promise.then((answer) => {
      clearTimeout(late);
      this.#open.delete(id);
      if (answer === 'allow' && action.grantMs) this.#watch(id, action.grantMs, onRevoked);
      else uplink.keepSaying(`held ${id}`, undefined);
      return answer;
    });
  }

  /** Until the grant is over, or taken back. */
  #watch(id: string, grantMs: number, onRevoked: () => void): void {
    const done = (): void => {
      clearTimeout(timer);
      this.#granted.delete(id);
      this.#options.uplink.keepSaying(`held ${id}`, undefined);
    };
    const timer = setTimeout(done, grantMs).unref();
    this.#granted.set(id, () => {
      done();
      onRevoked();
    });
  }

  /** Whoever still waits has a no. */
  close(): void {
    this.#leave();
    for (const resolve of this.#open.values()) resolve('deny');
  }
}
