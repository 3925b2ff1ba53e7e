import { describe, expect, test } from 'vitest';
import { parseAction, parseCategory } from '../../src/gateway/policy/action-text.ts';
import { prepare } from '../../src/gateway/policy/decide.ts';
import { diffDocuments } from '../../src/gateway/policy/diff.ts';
import { explain } from '../../src/gateway/policy/explain.ts';
import { document, policy, type Written } from './documents.ts';

const VARIABLES = { workspace: '/work', home: '/home/u', run: '/run/r' };

function explained(documents: Written[], category: Parameters<typeof parseAction>[0], target: string) {
  return explain(
    prepare(policy(...documents), { variables: VARIABLES }),
    parseAction(category, target, VARIABLES),
  );
}

describe('explain', () => {
  const fleet: Written = { rules: { exec: { allow: ['/usr/**'], deny: ['/usr/bin/su'] } } };
  const team: Written = { scope: 'team/payments', name: 'p', rules: { exec: { allow: ['/usr/bin/git'] } } };

  test('names every rule that matches and every layer that does not allow', () => {
    const { matching, missing, changes } = explained([fleet, team], 'exec', '/usr/bin/su');
    expect(matching.map(({ layer, effect, pattern }) => [layer, effect, pattern])).toEqual([
      ['fleet:test', 'allow', '/usr/**'],
      ['fleet:test', 'deny', '/usr/bin/su'],
    ]);
    expect(missing).toEqual(['team/payments:p']);
    expect(changes).toEqual([
      'take out or narrow the deny at test.yaml:2 (/usr/bin/su)',
      'an allow rule under exec in team/payments:p (test.yaml)',
    ]);
  });

  test('has nothing to change where the action passes', () => {
    expect(explained([fleet, team], 'exec', '/usr/bin/git').changes).toEqual([]);
  });

  test('says that a category is missing', () => {
    expect(explained([fleet], 'connect', '10.0.0.1:1').changes).toEqual([
      'a layer with connect: and a rule that allows it',
    ]);
  });

  test('says how a built-in deny is lifted', () => {
    const all: Written = { rules: { read: { allow: ['/**'] } } };
    expect(explained([all], 'read', '/work/.env').changes).toEqual([
      'lift_builtin: ["**/.env"] in a layer, for builtin:credentials denies it',
    ]);
  });

  test('says which place must be named, the innermost alone', () => {
    const documents: Written[] = [
      { rules: { exec: { allow: ['/**'] }, write: { allow: ['/work/**', '/work/in/**'] } } },
    ];
    expect(explained(documents, 'exec', '/work/in/tool').changes).toEqual([
      'a rule under exec that names the place of write rule /work/in/** (test.yaml:3)',
    ]);
  });

  test('a hold wants a person, not a rule', () => {
    const documents: Written[] = [{ rules: { exec: { hold: ['/usr/bin/rm'] } } }];
    expect(explained(documents, 'exec', '/usr/bin/rm').changes).toEqual([
      'a person must approve it, for test.yaml:1 (/usr/bin/rm) holds it',
    ]);
  });

  test('says what monitoring hides', () => {
    const { notes, changes } = explained([{ ...fleet, mode: 'monitor' }], 'exec', '/usr/bin/su');
    expect(notes).toEqual(['fleet:test only monitors: with it enforcing the answer would be deny']);
    expect(changes).toHaveLength(1);
  });
});

describe('actions from words', () => {
  test.each([
    ['exec', '${workspace}/x', { category: 'exec', path: '/work/x' }],
    [
      'connect',
      'udp/10.0.0.1:53',
      { category: 'connect', protocol: 'udp', address: Uint8Array.of(10, 0, 0, 1), port: 53 },
    ],
    [
      'connect',
      'api.example.com:443',
      { category: 'connect', protocol: 'tcp', address: null, host: 'api.example.com', port: 443 },
    ],
    ['connect', 'unix:/run/x', { category: 'connect', unix: '/run/x' }],
    ['connect', 'unix:@x', { category: 'connect', unix: '@x' }],
    ['listen', '[::1]:0', { category: 'listen', protocol: 'tcp', address: expect.any(Uint8Array), port: 0 }],
    ['privileged', 'mount', { category: 'privileged', privilege: 'mount' }],
  ] as const)('%s %s', (category, target, expected) => {
    expect(parseAction(category, target, VARIABLES)).toEqual(expected);
  });

  test.each([
    ['exec', '/usr/**'],
    ['read', '**/.env'],
    ['connect', '10.0.0.0/8:443'],
    ['connect', '10.0.0.1'],
    ['connect', '10.0.0.1:1-2'],
    ['connect', '*.example.com:443'],
    ['connect', 'unix:/run/**'],
    ['exec', `sha256:${'0'.repeat(64)}`],
  ] as const)('%s %s is more than one thing', (category, target) => {
    expect(() => parseAction(category, target, VARIABLES)).toThrow(
      `${category} ${target} is more than one thing`,
    );
  });

  test('a mistyped category is told with the nearest', () => {
    expect(() => parseCategory('conect')).toThrow(expect.objectContaining({ fix: 'write connect' }));
  });

  test('a variable without a value is told', () => {
    expect(() => parseAction('exec', '${run}/x', {})).toThrow('exec ${run}/x has a variable without a value');
  });
});

describe('diff', () => {
  const before = document({ rules: { exec: { allow: ['/a', '/b'], deny: ['/c'] } } });

  test('order makes no difference', () => {
    expect(
      diffDocuments([before], [document({ rules: { exec: { allow: ['/b', '/a'], deny: ['/c'] } } })]),
    ).toEqual([]);
  });

  test('rules, modes and switches do', () => {
    const after = document({
      mode: 'monitor',
      withoutBase: true,
      rules: { exec: { allow: ['/a', '/d'], deny: ['/c'] }, read: {} },
    });
    expect(diffDocuments([before], [after]).map(({ sign, text }) => `${sign} ${text}`)).toEqual([
      '- mode: enforce',
      '- exec: allow /b',
      '+ mode: monitor',
      '+ exec: allow /d',
      '+ read: no rule, so everything is denied',
      '+ base: none',
    ]);
  });

  test('documents are compared by scope and name where there are several', () => {
    const other = document({ name: 'other', rules: {} });
    expect(
      diffDocuments([before, other], [other]).map(
        ({ sign, document: name, text }) => `${sign} ${name}: ${text}`,
      ),
    ).toEqual([
      '- fleet:test: document fleet:test',
      '- fleet:test: mode: enforce',
      '- fleet:test: exec: allow /a',
      '- fleet:test: exec: allow /b',
      '- fleet:test: exec: deny /c',
    ]);
  });
});
