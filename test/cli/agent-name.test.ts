import { describe, expect, test } from 'vitest';
import { agentSpiffeId } from '../../src/cli/agent-name.ts';

const scopes = (...list: string[]) =>
  list.map((scope, index) => ({ scope, file: 'policy.yaml', line: 10 * index + 1 }));
const name = (given: string | undefined, documents: ReturnType<typeof scopes>, command = '/usr/bin/claude') =>
  agentSpiffeId({ given, command, documents });

describe('what is typed', () => {
  test('a short name stands in the org and team of the documents', () => {
    expect(name('coder', scopes('org/acme', 'team/payments', 'fleet'))).toBe(
      'spiffe://warder.local/acme/payments/coder',
    );
  });

  test('a path of three names says all', () => {
    expect(name('acme/payments/coder', scopes('fleet'))).toBe('spiffe://warder.local/acme/payments/coder');
  });

  test('a whole SPIFFE ID is taken as it is', () => {
    expect(name('spiffe://acme.example/a/b/c', [])).toBe('spiffe://acme.example/a/b/c');
  });

  test.each(['', 'a b', 'a/b', 'a/b/c/d', '..', 'a/../c', 'a/b/', 'x'.repeat(65), 'na\x1bme'])(
    'the name %j is refused with the forms that exist',
    (given) => {
      expect(() => name(given, [])).toThrow(`'${given}' names no agent`);
    },
  );
});

describe('what is left out', () => {
  test('org and team are local where no document says them', () => {
    expect(name('coder', scopes('fleet'))).toBe('spiffe://warder.local/local/local/coder');
  });

  test('the name is that of the agent scope', () => {
    expect(name(undefined, scopes('team/payments', 'agent/coder'))).toBe(
      'spiffe://warder.local/local/payments/coder',
    );
  });

  test("without one, the command's file name", () => {
    expect(name(undefined, [])).toBe('spiffe://warder.local/local/local/claude');
    expect(name(undefined, [], './my agent+.sh')).toBe('spiffe://warder.local/local/local/my-agent-.sh');
    expect(name(undefined, [], '..')).toBe('spiffe://warder.local/local/local/agent');
  });
});

describe('documents that cannot apply', () => {
  test('are all named at once, with their places', () => {
    expect(() => name('acme/payments/coder', scopes('org/other', 'team/payments', 'agent/reviewer'))).toThrow(
      [
        '2 policy documents would never apply to the agent spiffe://warder.local/acme/payments/coder:',
        "policy.yaml:1: the document's scope is org/other",
        "policy.yaml:21: the document's scope is agent/reviewer",
      ].join('\n'),
    );
  });

  test('of two teams at least one is one of them', () => {
    expect(() => name('coder', scopes('team/a', 'team/b'))).toThrow(/2 policy documents would never apply/);
    expect(name('local/a/coder', scopes('team/a'))).toBe('spiffe://warder.local/local/a/coder');
  });
});
