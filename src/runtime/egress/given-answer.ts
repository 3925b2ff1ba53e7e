/**
 * What a process is given of a reply: addresses that names may reach, service bindings with such hints and with targets
 * that the policy allows. What it is given is in the kernel when this returns.
 *
 * In:  a reply, and who it is for. Out: the answer, and what is told of it.
 * Throws: what PolicyNames.give throws; then nothing is to be answered.
 */
import { formatAddress } from '../../contract/address.ts';
import type { AnswerRecord } from './answer.ts';
import { type OwnAddresses, sortAddresses } from './given-addresses.ts';
import { type Answered, type LookupTold, refused } from './lookup.ts';
import type { PolicyNames } from './policy-names.ts';
import type { Asked } from './question.ts';
import { type Reply, TYPES } from './records.ts';
import { bindingBytes, hintsOf, type ServiceBinding, withHints } from './service-binding.ts';

/** INFO-CODE of RFC 8914. */
const FILTERED = 17;

interface Sorted {
  records: AnswerRecord[];
  given: Uint8Array[];
  removed: Uint8Array[];
  /** Names that bindings lead to and no rule allows. */
  targets: string[];
}

export class GivenAnswers {
  readonly #own: OwnAddresses;

  constructor(own: OwnAddresses) {
    this.#own = own;
  }

  /** @param ttl seconds that are left of the reply */
  give(names: PolicyNames, asked: Asked, reply: Reply, ttl: number, told: LookupTold): Answered {
    const aliases = reply.aliases.map(({ target }) => target);
    for (const target of aliases) {
      const decision = names.judge.judge(target);
      if (decision.ruling.verdict === 'deny' && decision.ruling.reason === 'rule')
        return refused({ ...told, aliases }, decision);
    }
    const addresses = this.#addresses(names, asked, reply, ttl);
    const bindings = reply.bindings.map((binding) => this.#binding(names, asked, reply, binding, ttl));
    const sorted = [addresses, ...bindings];
    const chain = reply.aliases.map(({ owner, target }) => ({ owner, type: TYPES.CNAME, ttl, target }));
    const text = (list: Uint8Array[]) => [...new Set(list.map(formatAddress))];
    const removed = text(sorted.flatMap((part) => part.removed));
    const targets = sorted.flatMap((part) => part.targets);
    const reason = { code: FILTERED, text: `host names do not reach ${removed.join(', ')}` } as const;
    return {
      answer: {
        code: reply.code,
        records: [...chain, ...sorted.flatMap(({ records }) => records)],
        ...(removed.length > 0 ? { reason } : {}),
      },
      told: {
        ...told,
        code: reply.code,
        aliases,
        addresses: text(sorted.flatMap(({ given }) => given)),
        ...(removed.length + targets.length > 0 ? { removed: [...removed, ...targets] } : {}),
        ...(removed.length > 0 ? { decision: { reason: 'rebinding' } as const } : {}),
      },
    };
  }

  #addresses(names: PolicyNames, { policyName }: Asked, { addresses, last }: Reply, ttl: number): Sorted {
    const { given, removed } = this.#sort(
      names,
      addresses.map(({ bytes }) => bytes),
    );
    names.give(policyName, given, ttl);
    const records = given.map((data) => ({
      ...{ owner: last, ttl, data },
      type: data.length === 4 ? TYPES.A : TYPES.AAAA,
    }));
    return { records, given, removed, targets: [] };
  }

  #binding(
    names: PolicyNames,
    { type, policyName }: Asked,
    { last }: Reply,
    binding: ServiceBinding,
    ttl: number,
  ): Sorted {
    const record = (left: ServiceBinding) => ({ owner: last, type, ttl, data: bindingBytes(left) });
    const { given, removed } = this.#sort(names, hintsOf(binding));
    const { target } = binding;
    if (target !== null && !names.judge.onlyMonitors && names.judge.judge(target).ruling.verdict === 'deny')
      return { records: [], given: [], removed, targets: [target] };
    const left = withHints(binding, given);
    // For the name that was asked: who serves that one says what is in here, and has no say about the target's addresses.
    names.give(policyName, left ? given : [], ttl);
    return { records: left ? [record(left)] : [], given: left ? given : [], removed, targets: [] };
  }

  #sort(names: PolicyNames, addresses: readonly Uint8Array[]) {
    return sortAddresses(
      addresses,
      this.#own,
      (bytes) => names.judge.onlyMonitors || names.addressRuleHolds(bytes),
    );
  }
}
