/**
 * Three answers, always the same: the plain decision in TypeScript, the compiled rows under bpf/decide.h, and, for
 * paths, the same rows in the runtime.
 * Seeded: WARDER_SEED=n repeats a run, and a failure says its seed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { type Decision, decide, prepare } from '../../src/gateway/policy/decide.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { PathJudge } from '../../src/runtime/enforcement/judge-path.ts';
import { message, type Written } from './documents.ts';
import { randomAction, randomDocuments, randomFrom, times, VARIABLES } from './generate.ts';
import { KernelDecider, type KernelDecision } from './kernel-decision.ts';

const POLICIES = 1_000;
const ACTIONS = 120;
const NO_LINKS = { readLink: () => null };
const seed = Number(process.env.WARDER_SEED ?? Math.floor(Math.random() * 2 ** 31));

let kernel: KernelDecider;
beforeAll(() => {
  kernel = new KernelDecider();
});
afterAll(() => kernel.close());

function both(documents: readonly Written[], actions: readonly Action[]) {
  const effective = message(...documents);
  const ready = prepare(readPolicy(effective), { variables: VARIABLES, homes: ['/h/v'] });
  const compiled = compile(effective, { variables: VARIABLES, homes: ['/h/v'], ...NO_LINKS });
  return { compiled, expected: actions.map((action) => decide(ready, action)) };
}

/** Privileges have one bit in the kernel: granted or not, and no rule that decided. */
function comparable(action: Action, decision: Decision | KernelDecision) {
  if (action.category !== 'privileged') return decision;
  return { granted: decision.verdict === 'allow', would: decision.would.verdict === 'allow' };
}

/** Leaves out documents and actions as long as the two still differ. */
function smallest(documents: readonly Written[], action: Action): readonly Written[] {
  for (const leftOut of documents) {
    const fewer = documents.filter((document) => document !== leftOut);
    if (fewer.length > 0 && differs(fewer, action)) return smallest(fewer, action);
  }
  return documents;
}

function differs(documents: readonly Written[], action: Action): boolean {
  const { compiled, expected } = both(documents, [action]);
  const [found] = kernel.decide([{ compiled, actions: [action] }]);
  return JSON.stringify(comparable(action, expected[0]!)) !== JSON.stringify(comparable(action, found!));
}

test(`rows under decide.h say what the plain decision says, for ${POLICIES * ACTIONS} generated actions`, {
  timeout: 120_000,
}, () => {
  const random = randomFrom(seed);
  const cases = times(POLICIES, () => {
    const documents = randomDocuments(random);
    const actions = times(ACTIONS, () => randomAction(random));
    return { documents, actions, ...both(documents, actions) };
  });
  const found = kernel.decide(cases);
  const verdicts = new Map<string, number>();
  cases.forEach(({ documents, actions, expected, compiled }, index) => {
    const judge = new PathJudge(compiled);
    actions.forEach((action, at) => {
      const plain = comparable(action, expected[at]!);
      const rows = comparable(action, found[index * ACTIONS + at]!);
      const key = `${expected[at]!.verdict} ${expected[at]!.reason}`;
      verdicts.set(key, (verdicts.get(key) ?? 0) + 1);
      const byContent = action.category === 'exec' && compiled.contents.length > 0;
      if ('path' in action && !byContent) {
        const { ruling, would } = judge.judge(action.category, action.path);
        const here = JSON.stringify({ ...ruling, would });
        const there = JSON.stringify(found[index * ACTIONS + at]);
        if (here !== there) expect.fail(`seed ${seed}: ${JSON.stringify(action)}: ${here} but ${there}`);
      }
      if (JSON.stringify(plain) === JSON.stringify(rows)) return;
      const least = smallest(documents, action);
      expect.fail(`seed ${seed}: ${JSON.stringify({ action, plain, rows, documents: least }, null, 1)}`);
    });
  });
  // Generated policies that only ever deny would prove little: each answer must come up often.
  for (const answer of ['allow rule', 'deny rule', 'hold rule', 'deny no_rule', 'deny no_category']) {
    expect(verdicts.get(answer), answer).toBeGreaterThan((POLICIES * ACTIONS) / 200);
  }
});
