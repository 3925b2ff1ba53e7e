/**
 * What holds for every policy, over generated ones: the layer rules of docs/policy.md.
 * Seeded: WARDER_SEED=n repeats a run, and a failure says its seed.
 */
import { expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import { EFFECTS } from '../../src/contract/policy.ts';
import { type Decision, decide, prepare } from '../../src/gateway/policy/decide.ts';
import { policy, type Rules, type Written } from './documents.ts';
import {
  pick,
  type Random,
  randomAction,
  randomDocuments,
  randomFrom,
  times,
  VARIABLES,
} from './generate.ts';

const seed = Number(process.env.WARDER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const POLICIES = 300;
const ACTIONS = 60;

function decisions(documents: readonly Written[], actions: readonly Action[]): Decision[] {
  const ready = prepare(policy(...documents), { variables: VARIABLES });
  return actions.map((action) => decide(ready, action));
}

function forEachPolicy(
  salt: number,
  check: (documents: Written[], actions: Action[], random: Random) => void,
): void {
  const random = randomFrom(seed + salt);
  for (let round = 0; round < POLICIES; round++) {
    check(
      randomDocuments(random),
      times(ACTIONS, () => randomAction(random)),
      random,
    );
  }
}

/** A document more, with only categories that an enforcing layer has already: others it would bring in anew. */
function narrower(documents: readonly Written[], random: Random): Written {
  const [extra] = randomDocuments(random);
  const known = new Set(
    documents.filter(({ mode }) => mode === 'enforce').flatMap(({ rules }) => Object.keys(rules)),
  );
  const rules = Object.fromEntries(Object.entries(extra!.rules).filter(([category]) => known.has(category)));
  return { ...extra!, name: 'narrower', scope: 'agent/coder', rules: rules as Rules };
}

const STRICTNESS = { allow: 0, hold: 1, deny: 2 };

function expectNoneEased(before: readonly Decision[], after: readonly Decision[], context: unknown): void {
  before.forEach((decision, index) => {
    if (STRICTNESS[after[index]!.verdict] >= STRICTNESS[decision.verdict]) return;
    expect.fail(
      `seed ${seed}: ${JSON.stringify({ before: decision, after: after[index], index, context }, null, 1)}`,
    );
  });
}

test('a narrower layer never eases a verdict: not a denial into a hold either', () => {
  let tightened = 0;
  forEachPolicy(1, (documents, actions, random) => {
    if (!documents.some(({ mode }) => mode === 'enforce')) return;
    const extra = narrower(documents, random);
    const before = decisions(documents, actions);
    const after = decisions([...documents, extra], actions);
    expectNoneEased(before, after, { actions, documents, extra });
    tightened += after.filter(({ verdict }, index) => verdict !== before[index]!.verdict).length;
  });
  expect(tightened).toBeGreaterThan(100);
});

test('a layer that only monitors changes no answer in force', () => {
  forEachPolicy(2, (documents, actions, random) => {
    if (!documents.some(({ mode }) => mode === 'enforce')) return;
    const [extra] = randomDocuments(random);
    const monitor: Written = {
      ...extra!,
      name: 'monitor',
      mode: 'monitor',
      withoutBase: true,
      lifted: ['**/.env'],
    };
    const verdicts = (list: readonly Decision[]) => list.map(({ verdict }) => verdict);
    const before = verdicts(decisions(documents, actions));
    expect(verdicts(decisions([...documents, monitor], actions)), `seed ${seed}`).toEqual(before);
  });
});

test('a policy whose layers all monitor prevents nothing, and says what enforcing would', () => {
  forEachPolicy(3, (documents, actions) => {
    const mode = (mode: 'monitor' | 'enforce') => documents.map((document) => ({ ...document, mode }));
    const monitored = decisions(mode('monitor'), actions);
    const enforced = decisions(mode('enforce'), actions);
    expect(new Set(monitored.map(({ verdict }) => verdict))).toEqual(new Set(['allow']));
    expect(
      monitored.map(({ would }) => would),
      `seed ${seed}`,
    ).toEqual(enforced.map(({ would }) => would));
  });
});

test('the order of documents and rules never matters', () => {
  const shuffled = <T>(random: Random, list: readonly T[]) =>
    list
      .map((value) => ({ value, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ value }) => value);
  forEachPolicy(4, (documents, actions, random) => {
    const reordered = shuffled(random, documents).map((document) => ({
      ...document,
      rules: Object.fromEntries(
        Object.entries(document.rules).map(([category, effects]) => [
          category,
          Object.fromEntries(EFFECTS.map((effect) => [effect, shuffled(random, effects[effect] ?? [])])),
        ]),
      ),
    }));
    const answers = (list: readonly Decision[]) =>
      list.map(({ verdict, reason, layer }) => ({ verdict, reason, layer }));
    const before = answers(decisions(documents, actions));
    expect(answers(decisions(reordered, actions)), `seed ${seed}`).toEqual(before);
  });
});

test('deny beats hold beats allow, whichever layer says it', () => {
  forEachPolicy(5, (documents, actions, random) => {
    const action = actions.find((each) => 'path' in each && !each.path.includes('a-name-of-more'));
    if (!action || !('path' in action) || action.path.length > 240) return;
    const enforcing = documents.filter(({ mode }) => mode === 'enforce');
    if (enforcing.length === 0) return;
    const says = (effect: 'hold' | 'deny') => {
      const chosen = pick(random, enforcing);
      const rules = chosen.rules[action.category] ?? {};
      const more = { ...rules, [effect]: [...(rules[effect] ?? []), action.path] };
      const changed = { ...chosen, rules: { ...chosen.rules, [action.category]: more } };
      const all = documents.map((document) => (document === chosen ? changed : document));
      return decisions(all, [action])[0]!.verdict;
    };
    expect(says('deny'), `seed ${seed}`).toBe('deny');
    expect(says('hold'), `seed ${seed}`).not.toBe('allow');
  });
});
