/** What `warder policy explain … dns` says of a look-up is what the resolver does with it, with what would change it. */
import { expect, test } from 'vitest';
import { sayLookup } from '../../src/cli/explain-lookup.ts';
import { prepare } from '../../src/gateway/policy/decide.ts';
import { policy, type Written } from '../policy/documents.ts';

const CONNECT = { allow: ['api.test:443', '*.wild.test:443'], deny: ['no.wild.test'] };

function said(
  target: string,
  connect: Record<string, string[]> = CONNECT,
  mode: Written['mode'] = 'enforce',
) {
  const ready = prepare(policy({ name: 'names', scope: 'fleet', mode, rules: { connect } }), {
    variables: {},
  });
  const { explanation, why } = sayLookup(ready, target);
  const { decision, matching, changes, notes } = explanation;
  return { verdict: decision.verdict, by: matching.map(({ pattern }) => pattern), changes, notes, why };
}

test('an allowed name, a denied one and one that no rule allows', () => {
  expect(said('API.test.')).toMatchObject({ verdict: 'allow', by: ['api.test:443'], changes: [] });
  expect(said('_8443._https.api.test/HTTPS')).toMatchObject({ verdict: 'allow', by: ['api.test:443'] });
  expect(said('no.wild.test')).toMatchObject({
    verdict: 'deny',
    by: ['*.wild.test:443', 'no.wild.test'],
    changes: [expect.stringMatching(/^take out or narrow the deny at .*no\.wild\.test/)],
  });
  expect(said('other.test')).toMatchObject({
    verdict: 'deny',
    by: [],
    changes: [expect.stringMatching(/^an allow rule under connect in fleet:names/)],
  });
});

test('a type that is not answered is refused whatever rules say; a policy that only monitors refuses none', () => {
  expect(said('api.test/TXT')).toMatchObject({
    verdict: 'deny',
    why: expect.stringContaining('queries for TXT are not answered'),
    changes: [expect.stringContaining('ask for A, AAAA')],
  });
  expect(said('api.test/type99')).toMatchObject({ verdict: 'deny', why: expect.stringContaining('TYPE99') });
  expect(said('api.test/TXT', CONNECT, 'monitor')).toMatchObject({
    verdict: 'allow',
    notes: [expect.stringContaining('enforced, queries for TXT')],
  });
});

test('a name that looks like an allowed one is told so; without rules by name DNS is not answered at all', () => {
  expect(said('apі.test').notes).toEqual(['it looks like api.test']);
  const free = said('any.test/TXT', { allow: ['0.0.0.0/0:443'] });
  expect(free).toMatchObject({ verdict: 'allow', why: 'no rule is about this name' });
  expect(free.notes).toEqual([expect.stringContaining('no rule of the policy is by name')]);
});

test('what is no name, or no type, is said to be none', () => {
  for (const target of ['a b', 'api.test/', 'api.test/NO', 'api.test/A/A', 'api.test/TYPE99999'])
    expect(() => said(target), target).toThrow(/not one host name/);
});
