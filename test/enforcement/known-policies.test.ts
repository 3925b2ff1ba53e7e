/**
 * What runs under the same policy share: it is compiled once, and nothing of a run, of another policy or of what the host
 * had before comes to another by that.
 */
import { expect, test } from 'vitest';
import { policyAddress } from '../../src/contract/canonical.ts';
import { toLong } from '../../src/contract/int64.ts';
import type { EffectivePolicy } from '../../src/contract/messages.ts';
import type { VerifiedPolicy } from '../../src/contract/signing.ts';
import type { PolicyRows } from '../../src/kernel/policy-rows.ts';
import { type CompileOptions, compile, compileParts } from '../../src/runtime/enforcement/compile.ts';
import { KnownPolicies } from '../../src/runtime/enforcement/known-policies.ts';
import { PolicyParts } from '../../src/runtime/enforcement/policy-parts.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { RuleTexts } from '../../src/runtime/rule-texts.ts';
import { PolicySlot } from '../../src/runtime/runs/policy-slot.ts';
import { message } from '../policy/documents.ts';

const OPTIONS: CompileOptions = {
  variables: { workspace: '/work', home: '/home/u', run: '/run/r' },
  homes: ['/home/u'],
  protect: ['/var/lib/warder'],
  keep: ['/sys/fs/cgroup'],
  readLink: () => null,
};

function verified(policy: EffectivePolicy, leaseMs = 60_000): VerifiedPolicy {
  return { policy, address: policyAddress(policy), leaseMs } as VerifiedPolicy;
}

const ONE = message({ rules: { exec: { allow: ['/bin/**'] }, connect: { allow: ['10.0.0.0/8:443'] } } });
const OTHER = message({ rules: { exec: { allow: ['/sbin/**'] }, connect: { deny: ['10.0.0.0/8:443'] } } });

const TEXTS = new RuleTexts(createRedactor());

/** Slots of several runs, as one runtime has them, and what each put into the kernel. */
class Runs {
  readonly installed: PolicyRows[] = [];
  readonly removed: PolicyRows[] = [];
  readonly known = new KnownPolicies();
  #last = 0;

  slot(options: Partial<CompileOptions> = {}, run = `${++this.#last}`): PolicySlot {
    const policies = {
      install: (rows: PolicyRows) => this.installed.push(rows),
      setRun: () => {},
      remove: (rows: PolicyRows) => this.removed.push(rows),
      clearRun: () => {},
      renewLease: () => {},
    };
    return new PolicySlot({
      sensor: { policies } as never,
      run: Number(run),
      compile: { ...OPTIONS, ...options },
      known: this.known,
      texts: TEXTS,
      decisions: new Map(),
      walled: true,
      why: { directory: `/run/warder/why/${run}`, socketsJudged: true },
      nextPolicy: () => 7, // the same for all, so that equal rows are equal bytes
      names: { enter: () => {}, leave: () => {} },
    });
  }
}

/** What a runtime installs that has seen no other policy. */
function alone(policy: EffectivePolicy, options: Partial<CompileOptions> = {}, run = '1'): PolicyRows {
  const runs = new Runs();
  runs.slot(options, run).apply(verified(policy));
  return runs.installed[0]!;
}

test('the second run under a policy reads and numbers nothing of it again', () => {
  const runs = new Runs();
  const [first, second] = [runs.slot(), runs.slot()];
  first.apply(verified(ONE));
  second.apply(verified(ONE));
  expect(second.compiled!.rules[0]).toBe(first.compiled!.rules[0]);
  expect(second.compiled!.addresses).toBe(first.compiled!.addresses);
});

test('its rows are those that it would have had alone', () => {
  const runs = new Runs();
  runs.slot().apply(verified(ONE));
  runs.slot().apply(verified(ONE));
  expect(runs.installed[0]).toEqual(alone(ONE, {}, '1'));
  expect(runs.installed[1]).toEqual(alone(ONE, {}, '2'));
});

test('what is taken away at the end of a run is what was put in force, and is not kept meanwhile', () => {
  const runs = new Runs();
  const slot = runs.slot();
  slot.apply(verified(ONE));
  slot.clear();
  expect(runs.removed).toEqual(runs.installed);
  expect(runs.removed[0]).not.toBe(runs.installed[0]);
});

test('so is what another policy takes the place of', () => {
  const runs = new Runs();
  const slot = runs.slot();
  slot.apply(verified(ONE));
  slot.apply(verified(OTHER));
  slot.clear();
  expect(runs.removed).toEqual(runs.installed);
});

test('a policy that is changed is compiled anew', () => {
  const runs = new Runs();
  const slot = runs.slot();
  slot.apply(verified(ONE));
  slot.apply(verified(OTHER));
  expect(runs.installed[1]).toEqual(alone(OTHER));
  expect(runs.installed[1]).not.toEqual(runs.installed[0]);
});

test('one that says the same to another agent is another policy', () => {
  const known = new KnownPolicies();
  const parts = known.of(verified(ONE));
  expect(known.of(verified({ ...ONE, agent: `${ONE.agent}-2` }))).not.toBe(parts);
});

test('one that was only renewed is the same, with a lease of its own', () => {
  const known = new KnownPolicies();
  const parts = known.of(verified(ONE));
  expect(known.of(verified({ ...ONE, version: toLong(9), leaseUnixMs: toLong(1) }, 5))).toBe(parts);
  expect(JSON.stringify(parts.policy)).not.toContain('lease');
});

test('runs of other workspaces have rows of their own', () => {
  const policy = message({ rules: { write: { allow: ['${workspace}/**'] } } });
  const runs = new Runs();
  const [here, there] = ['/work', '/elsewhere'].map((workspace) => ({
    variables: { ...OPTIONS.variables, workspace },
  }));
  for (const options of [here!, there!, here!]) runs.slot(options, '1').apply(verified(policy));
  expect(runs.installed).toEqual([alone(policy, here), alone(policy, there), alone(policy, here)]);
  expect(runs.installed[1]).not.toEqual(runs.installed[0]);
});

test('a link that leads elsewhere by now is followed to where it leads now', () => {
  const policy = message({ rules: { exec: { allow: ['/opt/tool'] } } });
  const parts = new PolicyParts(policy);
  const to = (target: string): CompileOptions => ({
    ...OPTIONS,
    readLink: (path) => (path === '/opt/tool' ? target : null),
  });
  const [before, after] = ['/opt/v1', '/opt/v2'].map((target) => compileParts(parts, to(target)));
  expect(after).toEqual(compile(policy, to('/opt/v2')));
  expect(after!.paths).not.toEqual(before!.paths);
});

test('where nothing leads elsewhere the rows of paths are made once', () => {
  const parts = new PolicyParts(ONE);
  expect(compileParts(parts, OPTIONS).paths).toBe(compileParts(parts, OPTIONS).paths);
});

test('no run changes what the next one gets', () => {
  const runs = new Runs();
  freeze(compileParts(runs.known.of(verified(ONE)), OPTIONS));
  runs.slot().apply(verified(ONE));
  expect(runs.installed).toHaveLength(1);
});

test('what was not asked for the longest goes, and the last one stays whatever it has', () => {
  const rules = new PolicyParts(ONE).table.refs.length;
  const known = new KnownPolicies(2 * rules);
  const named = (agent: string) => verified({ ...ONE, agent });
  const [a, b] = ['a', 'b'].map((agent) => known.of(named(agent)));
  expect(known.of(named('a'))).toBe(a);
  known.of(named('c'));
  expect(known.size).toBe(2);
  expect(known.of(named('a'))).toBe(a);
  expect(known.of(named('b'))).not.toBe(b);

  const small = new KnownPolicies(1);
  expect(small.of(named('a'))).toBe(small.of(named('a')));
  small.of(named('b'));
  expect(small.size).toBe(1);
});

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
