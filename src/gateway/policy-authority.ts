/**
 * The gateway's word on policy: asks the policy source what an agent's effective policy is, gives it a version
 * and a lease, signs it, and tells the runtimes that asked, again before each lease ends and at each change.
 *
 * A version belongs to a content: the same rules keep theirs through renewals; any change gets one above all
 * that this state directory has seen for the agent, through restarts and in every process.
 *
 * In:  PolicySource, a function of the agent's SPIFFE ID.
 * Out: PolicyUpdate messages.
 * Throws: GATEWAY_STORE_… when a new version cannot be recorded; it is then not given out.
 */
import { canonicalPolicy, policyAddress } from '../contract/canonical.ts';
import { toLong } from '../contract/int64.ts';
import type { SigningKey } from '../contract/keys.ts';
import type { EffectivePolicy, PolicyUpdate } from '../contract/messages.ts';
import { signPolicy } from '../contract/signing.ts';
import type { PolicyVersions } from './store/policy-versions.ts';

/** What is effective for an agent; version, issue and lease are not the source's to set. A refusal says why none is. */
export type PolicyAnswer = { policy: EffectivePolicy } | { refusal: string };
export type PolicySource = (agent: string) => PolicyAnswer;

export interface PolicyAuthorityOptions {
  source: PolicySource;
  key: SigningKey;
  versions: PolicyVersions;
  leaseMs: number;
  /** Told when a renewal or a change fails; the policies given out run to the end of their leases. */
  onError(error: Error): void;
}

type Listener = (update: PolicyUpdate) => void;

interface Current {
  address: string;
  version: number;
}

export class PolicyAuthority {
  readonly #options: PolicyAuthorityOptions;
  readonly #current = new Map<string, Current>();
  readonly #watched = new Map<string, Set<Listener>>();
  readonly #renewal: NodeJS.Timeout;

  constructor(options: PolicyAuthorityOptions) {
    this.#options = options;
    // Three chances before a lease ends.
    this.#renewal = setInterval(() => this.refresh(), options.leaseMs / 3).unref();
  }

  /** What is effective for an agent, not yet signed. */
  effective(agent: string): PolicyAnswer {
    return this.#options.source(agent);
  }

  /** The answer for an agent as of now. */
  answer(agent: string): PolicyUpdate {
    const { source, key, leaseMs } = this.#options;
    const answer = source(agent);
    if ('refusal' in answer) return { agent, refusal: answer.refusal };
    const issued = Date.now();
    const policy: EffectivePolicy = {
      ...answer.policy,
      agent,
      version: toLong(this.#version(agent, answer.policy)),
      issuedUnixMs: toLong(issued),
      leaseUnixMs: toLong(issued + leaseMs),
    };
    return { agent, policy: signPolicy(policy, key) };
  }

  /** Version last given out, by agent. */
  versions(): [agent: string, version: number][] {
    return [...this.#current].map(([agent, { version }]) => [agent, version]);
  }

  /** Sends `listener` each later answer for an agent. Returns the end of it. */
  watch(agent: string, listener: Listener): () => void {
    const listeners = this.#watched.get(agent) ?? new Set();
    this.#watched.set(agent, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watched.get(agent) === listeners) this.#watched.delete(agent);
    };
  }

  /** Asks the source again for every watched agent and tells who watches. Never throws. */
  refresh(): void {
    for (const [agent, listeners] of this.#watched) {
      try {
        const update = this.answer(agent);
        for (const listener of listeners) listener(update);
      } catch (error) {
        this.#options.onError(error as Error);
      }
    }
  }

  close(): void {
    clearInterval(this.#renewal);
    this.#watched.clear();
  }

  #version(agent: string, policy: EffectivePolicy): number {
    const content: EffectivePolicy = { ...policy, agent };
    const address = policyAddress(content);
    const current = this.#current.get(agent);
    if (current?.address === address) return current.version;
    const version = this.#options.versions.add({ agent, address, policy: canonicalPolicy(content) });
    this.#current.set(agent, { address, version });
    return version;
  }
}
