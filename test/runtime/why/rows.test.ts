/** What a run that Warder adopted may do about what runs are told: ask at the socket of all, and nothing else. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/runtime/enforcement/compile.ts';
import { PathJudge } from '../../../src/runtime/enforcement/judge-path.ts';
import { mayAsk, withoutOthers, withWhy } from '../../../src/runtime/why/rows.ts';
import { askDirectory } from '../../../src/runtime/why/words.ts';
import { message, type Rules } from '../../policy/documents.ts';

const PLACE = { directory: '/run/warder/why/own', socket: '/run/warder/ask/why.sock', socketsJudged: true };
const ALL = { exec: { allow: ['/**'] }, read: { allow: ['/**'] }, write: { allow: ['/**'] } };

function compiled(rules: Rules) {
  const variables = { workspace: '/work' };
  return withWhy(compile(message({ rules }), { variables, homes: [], readLink: () => null }), PLACE);
}

function verdicts(policy: ReturnType<typeof compiled>, asked: [string, string][]): string[] {
  const judge = new PathJudge(withoutOthers(policy, PLACE));
  return asked.map(([category, path]) => judge.judge(category as 'read', path).ruling.verdict);
}

test('it connects to that socket alone, and changes nothing there, however wide its policy', () => {
  const policy = compiled({ ...ALL, connect: { allow: ['unix:/run/warder/**'] } });
  expect(
    verdicts(policy, [
      ['connect', '/run/warder/ask/why.sock'],
      ['connect', '/run/warder/why/other/why.sock'],
      ['read', '/run/warder/why/other/why.json'],
      ['write', '/run/warder/ask/why.sock'],
      ['write', '/run/warder/ask'],
      ['write', '/run/warder'],
      ['write', '/run/warder/ask.txt'],
    ]),
  ).toEqual(['allow', 'deny', 'deny', 'deny', 'deny', 'deny', 'allow']);
});

test('a policy without a word of unix sockets lets it ask', () => {
  const policy = compiled({ ...ALL, connect: { allow: ['127.0.0.1:9'] } });
  expect(mayAsk(policy, PLACE)).toBe(true);
  expect(
    verdicts(policy, [
      ['connect', '/run/warder/ask/why.sock'],
      ['connect', '/run/other.sock'],
    ]),
  ).toEqual(['allow', 'deny']);
});

test.each([
  ['of what runs are told', { ...ALL, read: { allow: ['/**'], deny: ['/run/warder/why/**'] } }],
  ['of the socket', { ...ALL, connect: { deny: ['unix:/run/warder/ask/**'] } }],
])('a deny %s takes that away', (_, rules) => {
  expect(mayAsk(compiled(rules), PLACE)).toBe(false);
});

test('each runtime of a host has a place of its own to ask at', () => {
  expect(['/run/warder/runtime.sock', '/run/warder/blue.sock', '/tmp/it'].map(askDirectory)).toEqual([
    '/run/warder/ask',
    '/run/warder/blue-ask',
    '/tmp/it-ask',
  ]);
});
