/** Who may start which agent, as rows of the configuration say. */
import { expect, test } from 'vitest';
import {
  type AgentPattern,
  type AllowRow,
  parseAgentPattern,
  permittedAgent,
} from '../../src/runtime/local/permissions.ts';

const pattern = (text: string): AgentPattern => parseAgentPattern(text)!;
const row = (agents: string[], uids: number[] = [1000], gids: number[] = []): AllowRow => ({
  uids,
  gids,
  agents: agents.map(pattern),
});
const alice = { uid: 1000, gids: [1000, 27] };
const get = (asked: string | undefined, rows: AllowRow[], user = alice) =>
  permittedAgent(asked, 'sh', user, rows);

test.each([
  ['acme/pay/coder', ['acme/pay/coder']],
  ['acme/pay/coder', ['acme/pay/*']],
  ['acme/pay/coder', ['*']],
  ['spiffe://warder.local/acme/pay/coder', ['acme/*/coder']],
  ['spiffe://other.test/acme/pay/coder', ['spiffe://other.test/acme/pay/coder']],
])('%s is allowed by %j', (asked, agents) => {
  expect(get(asked, [row(agents)])).toMatch(/^spiffe:\/\/(warder\.local|other\.test)\/acme\/pay\/coder$/);
});

test.each([
  ['acme/pay/coder', ['acme/pay/code']],
  ['acme/pay/coder', ['acme/other/*']],
  ['coder', ['acme/pay/coder']],
  ['spiffe://other.test/acme/pay/coder', ['acme/pay/coder']],
])('%s is not allowed by %j', (asked, agents) => {
  expect(() => get(asked, [row(agents)])).toThrow(/user 1000 may not start the agent spiffe:\/\//);
});

test('the only agent of a user need not be named; of several, one must', () => {
  expect(get(undefined, [row(['acme/pay/coder'])])).toBe('spiffe://warder.local/acme/pay/coder');
  expect(() => get(undefined, [row(['acme/pay/coder', 'acme/pay/two'])])).toThrow(
    /is not said: this user may start/,
  );
  expect(() => get(undefined, [row(['acme/pay/*'])])).toThrow(/is not said/);
  expect(() => get(undefined, [row(['*'], [1001])])).toThrow(/this user may start none/);
});

test('rows are for users, and for groups of any kind', () => {
  expect(() => get('a/b/c', [row(['*'], [1001], [28])])).toThrow(/may start none/);
  expect(get('a/b/c', [row(['*'], [], [27])])).toBe('spiffe://warder.local/a/b/c');
});

test('root may start any agent', () => {
  expect(get('a/b/c', [], { uid: 0, gids: [0] })).toBe('spiffe://warder.local/a/b/c');
  expect(get(undefined, [], { uid: 0, gids: [0] })).toBe('spiffe://warder.local/local/local/sh');
});

test.each(['', 'a', 'a/b', 'a/b/c/d', 'a/../c', 'a/b/c*', 'spiffe://A/b/c/d', 'spiffe:///a/b/c', '**'])(
  '%j is no pattern',
  (text) => {
    expect(parseAgentPattern(text)).toBeNull();
  },
);

test.each(['a/b', '../..', 'a b', 'spiffe://x'])('%j names no agent', (asked) => {
  expect(() => get(asked, [row(['*'])])).toThrow(/names no agent/);
});
