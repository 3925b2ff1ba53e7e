/**
 * The policies that were asked of the gateway, and its answers: the first one for whoever asked, later ones for whoever
 * listens.
 *
 * In:     answers of the stream.
 * Out:    verified policies, each no older than the one before it.
 * Throws: UPLINK_NO_POLICY, and what verifyPolicy throws.
 */
import { WarderError } from '../../base/error.ts';
import type { PolicyUpdate } from '../../contract/messages.ts';
import { type VerifiedPolicy, verifyPolicy } from '../../contract/signing.ts';

/** A later answer for an agent: a policy to put in force, or why there is none (any more). */
export type PolicyEvent = { agent: string } & ({ policy: VerifiedPolicy } | { problem: WarderError });

interface Asked {
  run: string;
  policy?: VerifiedPolicy;
  waiting: PromiseWithResolvers<VerifiedPolicy>[];
}

export class AskedPolicies {
  readonly #asked = new Map<string, Asked>();
  readonly #listeners = new Set<(event: PolicyEvent) => void>();

  /** Resolves with the next answer for the agent; rejects with `late` after `limitMs`. */
  add(agent: string, run: string, limitMs: number, late: () => WarderError): Promise<VerifiedPolicy> {
    const asked: Asked = this.#asked.get(agent) ?? { run, waiting: [] };
    this.#asked.set(agent, asked);
    const answer = Promise.withResolvers<VerifiedPolicy>();
    asked.waiting.push(answer);
    const timer = setTimeout(() => answer.reject(late()), limitMs);
    return answer.promise.finally(() => clearTimeout(timer));
  }

  all(): { agent: string; run: string }[] {
    return [...this.#asked].map(([agent, { run }]) => ({ agent, run }));
  }

  /** Calls `listener` for each policy that comes, renewals included. Returns the end of it. */
  onPolicy(listener: (event: PolicyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param publicKey base64 of the Ed25519 key that it must be signed with */
  answer(update: PolicyUpdate, publicKey: string): void {
    const agent = update.agent ?? '';
    const asked = this.#asked.get(agent);
    if (!asked) return;
    const waiting = asked.waiting.splice(0);
    let event: PolicyEvent;
    try {
      event = { agent, policy: verified(update, publicKey, asked.policy) };
      asked.policy = event.policy;
      for (const { resolve } of waiting) resolve(event.policy);
    } catch (error) {
      event = { agent, problem: error as WarderError };
      for (const { reject } of waiting) reject(error as Error);
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** Nothing is answered any more. */
  end(problem: WarderError): void {
    for (const { waiting } of this.#asked.values()) {
      for (const { reject } of waiting.splice(0)) reject(problem);
    }
  }
}

function verified(
  { agent, policy, refusal }: PolicyUpdate,
  publicKey: string,
  previous: VerifiedPolicy | undefined,
): VerifiedPolicy {
  if (policy) return verifyPolicy(policy, { publicKey, agent: agent!, previous });
  throw new WarderError(
    'UPLINK_NO_POLICY',
    `the gateway has no policy for ${agent}: ${refusal || 'no reason given'}`,
    'write a policy whose scope covers this agent and check it with: warder policy check FILE',
  );
}
