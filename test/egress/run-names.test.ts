/** One policy of a run follows another: what was given stays, and while both may be judged by both are given. */
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/contract/address.ts';
import type { KernelNames, NamedAddress } from '../../src/kernel/named.ts';
import { namePolicy } from '../../src/runtime/egress/name-policy.ts';
import { PolicyNames } from '../../src/runtime/egress/policy-names.ts';
import { RunNames } from '../../src/runtime/egress/run-names.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message } from '../policy/documents.ts';

const RUN = 3;
const address = (last: number) => Uint8Array.of(203, 0, 113, last);

/** "policy address" of what is in the kernel. */
class Rows {
  readonly held = new Set<string>();
  readonly kernel = {
    nowNs: () => 1n,
    addPorts: () => () => {},
    write: (row: NamedAddress) => this.held.add(Rows.#text(row)),
    remove: (gone: NamedAddress[]) => {
      for (const row of gone) this.held.delete(Rows.#text(row));
    },
  } as unknown as KernelNames;

  static #text({ policy, bytes }: NamedAddress): string {
    return `${policy} ${formatAddress(bytes)}`;
  }

  policy(number: number, allow: string[]): PolicyNames {
    const compiled = compile(message({ rules: { connect: { allow } } }), {
      variables: {},
      homes: [],
      readLink: () => null,
    });
    return new PolicyNames(this.kernel, number, namePolicy(compiled)!, () => {});
  }
}

test('a policy that follows has what was given before, as far as it allows the names', () => {
  const rows = new Rows();
  const runs = new RunNames();
  runs.enter(RUN, 1, rows.policy(1, ['a.test:443', 'b.test:443']));
  runs.judging(RUN)!.give('a.test', [address(1)], 60);
  runs.judging(RUN)!.give('b.test', [address(2)], 60);
  runs.enter(RUN, 2, rows.policy(2, ['a.test:443']));
  expect([...rows.held].sort()).toEqual(['1 203.0.113.1', '1 203.0.113.2', '2 203.0.113.1']);
  runs.remove(RUN, 1);
  expect([...rows.held]).toEqual(['2 203.0.113.1']);
  runs.forget(RUN);
  expect([...rows.held]).toEqual([]);
  expect(runs.judging(RUN)).toBeUndefined();
});

test('until the policy before is gone both are given, each by what it allows; one that never came into force leaves it', () => {
  const rows = new Rows();
  const runs = new RunNames();
  const before = rows.policy(1, ['a.test:443']);
  runs.enter(RUN, 1, before);
  runs.enter(RUN, 2, rows.policy(2, ['a.test:443', 'b.test:443']));
  runs.judging(RUN)!.give('a.test', [address(1)], 60);
  runs.judging(RUN)!.give('b.test', [address(2)], 60);
  expect([...rows.held].sort()).toEqual(['1 203.0.113.1', '2 203.0.113.1', '2 203.0.113.2']);
  runs.remove(RUN, 2);
  expect(runs.judging(RUN)).toBe(before);
  expect([...rows.held]).toEqual(['1 203.0.113.1']);
  runs.enter(RUN, 3, rows.policy(3, ['a.test:443']));
  runs.remove(RUN, 1);
  runs.judging(RUN)!.give('a.test', [address(4)], 60);
  expect([...rows.held].sort()).toEqual(['3 203.0.113.1', '3 203.0.113.4']);
});
