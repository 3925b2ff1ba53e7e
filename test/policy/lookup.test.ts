/**
 * Names under a policy: the runtime's judge over compiled rows and the plain decision say the same, recorded look-ups are
 * decided again, and what is learned of names is what names can have.
 */
import { describe, expect, test } from 'vitest';
import { type Event, NetworkKind, Reason, Verdict } from '../../src/contract/messages.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { prepare } from '../../src/gateway/policy/decide.ts';
import { decideLookup } from '../../src/gateway/policy/decide-lookup.ts';
import { rulesFor } from '../../src/gateway/policy/learn/rules.ts';
import { Seen } from '../../src/gateway/policy/learn/seen.ts';
import { decideAgain } from '../../src/gateway/policy/redecide.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { NameJudge } from '../../src/runtime/enforcement/judge-name.ts';
import { ALLOWED, event } from '../cli/events.ts';
import { message, policy, type Written } from './documents.ts';
import { pick, type Random, randomFrom, times } from './generate.ts';

const POLICIES = Number(process.env.WARDER_AGREEMENT_POLICIES ?? 300);
const NAMES = ['a.test', 'b.test', 'x.a.test', 'y.x.a.test', 'test', 'other'];
const PATTERNS = [
  ...[
    'a.test:443',
    'a.test',
    '*.a.test:443',
    '*.test',
    'udp/a.test:53',
    'tcp/x.a.test:80-90',
    'b.test:1-1000',
  ],
  ...['10.0.0.0/8', '0.0.0.0/0:443', 'unix:/run/x'],
];

function documents(random: Random): Written[] {
  return times(1 + Math.floor(random() * 3), (index): Written => {
    const some = (most: number) => times(Math.floor(random() * (most + 1)), () => pick(random, PATTERNS));
    const unique = (list: string[]) => [...new Set(list)];
    return {
      name: `d${index}`,
      scope: pick(random, ['fleet', 'team/payments', 'agent/coder']),
      mode: pick(random, ['enforce', 'enforce', 'monitor']),
      rules:
        random() < 0.8
          ? { connect: { allow: unique(some(3)), hold: unique(some(1)), deny: unique(some(1)) } }
          : { read: {} },
    };
  });
}

test(`the resolver's judge says what the plain decision says, for ${POLICIES} generated policies`, () => {
  const random = randomFrom(20_260_501);
  const verdicts = new Map<string, number>();
  for (const written of times(POLICIES, () => documents(random))) {
    const judge = new NameJudge(
      compile(message(...written), { variables: {}, homes: [], readLink: () => null }),
    );
    const ready = prepare(policy(...written), { variables: {} });
    for (const name of NAMES) {
      const { ruling, would } = judge.judge(name);
      const plain = decideLookup(ready, name);
      const both = [ruling.verdict, would.verdict];
      verdicts.set(both.join(), (verdicts.get(both.join()) ?? 0) + 1);
      if (`${both}` !== `${[plain.verdict, plain.would.verdict]}`)
        expect.fail(
          `${name}: ${both} but ${plain.verdict},${plain.would.verdict} of ${JSON.stringify(written)}`,
        );
    }
  }
  for (const often of ['allow,allow', 'deny,deny', 'hold,hold', 'allow,deny'])
    expect(verdicts.get(often), often).toBeGreaterThan(POLICIES / 100);
});

const lookup = (name: string, reason: Reason = Reason.REASON_RULE): Event =>
  event(0, {
    nameLookup: { name, type: 'A', code: 'NOERROR' },
    decision:
      reason === Reason.REASON_RULE
        ? { ...ALLOWED, reason }
        : { category: 'connect', verdict: Verdict.VERDICT_DENY, reason },
  });

describe('recorded look-ups under another policy', () => {
  const ready = prepare(
    readPolicy(message({ rules: { connect: { allow: ['*.a.test:443'], deny: ['no.a.test'] } } })),
    {
      variables: {},
    },
  );

  test.each([
    ['x.a.test', Reason.REASON_RULE, 'same'],
    ['b.test', Reason.REASON_RULE, 'newly refused'],
    ['no.a.test', Reason.REASON_RULE, 'newly refused'],
    ['x.a.test', Reason.REASON_NO_RULE, 'newly allowed'],
    ['x.a.test', Reason.REASON_REBINDING, 'undecided'],
  ])('%s, for reason %s, is %s', (name, reason, difference) => {
    expect(decideAgain({ ready }, lookup(name, reason))?.difference).toBe(difference);
  });
});

test('what is learned of a name is a rule by name where names lead, and one by address where they do not', () => {
  const seen = new Seen();
  const connected = (address: string, port: number, protocol = 'tcp') =>
    seen.add(
      event(0, {
        network: { kind: NetworkKind.KIND_CONNECT, protocol, address, port, name: 'api.a.test' },
        decision: ALLOWED,
      }),
      {},
    );
  connected('203.0.113.80', 443);
  connected('203.0.113.80', 0, 'udp');
  connected('10.0.0.1', 5432);
  const patterns = rulesFor('connect', seen.observations, new Set()).map(({ pattern }) => pattern);
  expect(patterns).toEqual(['10.0.0.1:5432', 'api.a.test:443']);
});
