/**
 * What a policy means, sentence by sentence of docs/policy.md.
 */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import { parseAddress } from '../../src/contract/address.ts';
import type { Category } from '../../src/contract/pattern.ts';
import { parseAction } from '../../src/gateway/policy/action-text.ts';
import { type Decision, decide, prepare, ruleOf } from '../../src/gateway/policy/decide.ts';
import { policy, type Written } from './documents.ts';

const VARIABLES = { workspace: '/work', home: '/home/u', run: '/run/r' };

function deciding(...documents: Written[]) {
  const ready = prepare(policy(...documents), { variables: VARIABLES, homes: ['/home/v'] });
  return (category: Category, target: string) => decide(ready, parseAction(category, target, VARIABLES));
}

function verdict(documents: Written | Written[], category: Category, target: string): string {
  return deciding(...[documents].flat())(category, target).verdict;
}

describe('allowlist', () => {
  test('what a rule allows passes, all else is denied', () => {
    const documents = { rules: { exec: { allow: ['/usr/bin/git'] } } };
    expect(verdict(documents, 'exec', '/usr/bin/git')).toBe('allow');
    expect(verdict(documents, 'exec', '/usr/bin/git2')).toBe('deny');
    expect(verdict(documents, 'exec', '/usr/bin')).toBe('deny');
  });

  test('a category that no layer has is denied', () => {
    const answer = deciding({ rules: { exec: {} } })('connect', '10.0.0.1:1');
    expect(answer).toMatchObject({ verdict: 'deny', reason: 'no_category' });
  });

  test('an empty list is a category with no rule: denied, and the layer is named', () => {
    const documents: Written[] = [
      { rules: { listen: { allow: ['127.0.0.1'] } } },
      { name: 'z', rules: { listen: {} } },
    ];
    expect(deciding(...documents)('listen', '127.0.0.1:3000')).toMatchObject({
      verdict: 'deny',
      reason: 'no_rule',
      layer: 1,
    });
  });
});

describe('paths', () => {
  const documents = {
    withoutBase: true,
    rules: { read: { allow: ['/a/b', '/t/**', '${workspace}/**', '**/notes', '**/*.tar.gz'] } },
  };
  test.each([
    ['/a/b', 'allow'],
    ['/a/b/c', 'deny'],
    ['/a/bc', 'deny'],
    ['/t', 'allow'],
    ['/t/x/y', 'allow'],
    ['/tt', 'deny'],
    ['/work', 'allow'],
    ['/work/x', 'allow'],
    ['/x/notes', 'allow'],
    ['/x/notes/y', 'allow'],
    ['/x/notes2', 'deny'],
    ['/x/my-notes', 'deny'],
    ['/x/a.tar.gz', 'allow'],
    ['/x/.tar.gz', 'allow'],
    ['/x/a.gz', 'deny'],
    ['/x/a.tar.gz/y', 'deny'],
    ['/x/atar.gz', 'deny'],
  ])('%s: %s', (path, expected) => {
    expect(verdict(documents, 'read', path)).toBe(expected);
  });

  test('a whole tree from the root holds the root itself', () => {
    expect(verdict({ rules: { read: { allow: ['/**'] } } }, 'read', '/')).toBe('allow');
  });
});

describe('layers', () => {
  test('every layer that has the category must allow', () => {
    const documents: Written[] = [
      { rules: { exec: { allow: ['/usr/**'] } } },
      { scope: 'team/payments', rules: { exec: { allow: ['/usr/bin/git', '/opt/tool'] } } },
      { scope: 'agent/coder', rules: { read: { allow: ['/**'] } } },
    ];
    expect(verdict(documents, 'exec', '/usr/bin/git')).toBe('allow');
    expect(verdict(documents, 'exec', '/usr/bin/make')).toBe('deny');
    expect(verdict(documents, 'exec', '/opt/tool')).toBe('deny');
  });

  test('two documents of one scope are two layers', () => {
    const documents: Written[] = [
      { name: 'a', rules: { exec: { allow: ['/usr/bin/git'] } } },
      { name: 'b', rules: { exec: { allow: ['/usr/bin/make'] } } },
    ];
    expect(verdict(documents, 'exec', '/usr/bin/git')).toBe('deny');
  });

  test('the first rule of the broadest layer is the one that is named', () => {
    const documents: Written[] = [
      { scope: 'team/payments', rules: { exec: { deny: ['/a', '**/a'] } } },
      { scope: 'fleet', rules: { exec: { deny: ['/x', '/a'] } } },
    ];
    const ready = prepare(policy(...documents), { variables: VARIABLES });
    const answer = decide(ready, { category: 'exec', path: '/a' });
    expect(ruleOf(ready, answer)).toMatchObject({
      layer: 'fleet:test',
      pattern: '/a',
      line: 2,
      file: 'test.yaml',
    });
  });
});

describe('base', () => {
  test('counts as if every layer had it, and any deny or hold beats it', () => {
    const documents: Written[] = [
      { rules: { read: {} } },
      { name: 'z', rules: { read: { deny: ['/etc/hosts'], hold: ['/etc/passwd'] } } },
    ];
    expect(verdict(documents, 'read', '/etc/localtime')).toBe('allow');
    expect(verdict(documents, 'read', '/etc/hosts')).toBe('deny');
    expect(verdict(documents, 'read', '/etc/passwd')).toBe('hold');
  });

  test('is there for categories that no layer has', () => {
    expect(verdict({ rules: { exec: {} } }, 'write', '/dev/null')).toBe('allow');
    expect(verdict({ rules: { exec: {} }, withoutBase: true }, 'write', '/dev/null')).toBe('deny');
  });
});

describe('monitor', () => {
  test('says what enforcing would have done, with the same rule', () => {
    const monitored = deciding({ mode: 'monitor', rules: { exec: { deny: ['/a'] } } })('exec', '/a');
    const enforced = deciding({ mode: 'enforce', rules: { exec: { deny: ['/a'] } } })('exec', '/a');
    expect(monitored.verdict).toBe('allow');
    expect(monitored.would).toEqual(enforced.would);
  });

  test('an enforcing layer stays enforcing under a monitoring one', () => {
    const documents: Written[] = [
      { mode: 'monitor', rules: { exec: { allow: ['/a', '/b'] } } },
      { name: 'z', rules: { exec: { allow: ['/a', '/c'] } } },
    ];
    const decide = deciding(...documents);
    expect(decide('exec', '/a')).toMatchObject({ verdict: 'allow', would: { verdict: 'allow' } });
    expect(decide('exec', '/b')).toMatchObject({ verdict: 'deny', would: { verdict: 'deny' } });
    expect(decide('exec', '/c')).toMatchObject({ verdict: 'allow', would: { verdict: 'deny' } });
  });

  test('built-in denies prevent as soon as one layer does', () => {
    const all: Written = { mode: 'monitor', rules: { read: { allow: ['/**'] } } };
    expect(verdict(all, 'read', '/work/.env')).toBe('allow');
    expect(verdict([all, { name: 'z', rules: { read: { allow: ['/**'] } } }], 'read', '/work/.env')).toBe(
      'deny',
    );
  });
});

describe('what the agent may write, it may not run', () => {
  const written = (exec: string[], write: string[]): Written => ({
    rules: { exec: { allow: exec }, write: { allow: write } },
  });

  test.each([
    ['a broader rule', ['/**'], ['/work/**'], '/work/tool', 'deny'],
    ['a broader rule, beside what may be written', ['/**'], ['/work/**'], '/usr/tool', 'allow'],
    ['the same place', ['${workspace}/**'], ['${workspace}/**'], '/work/tool', 'allow'],
    ['a place inside', ['${workspace}/bin/**'], ['${workspace}/**'], '/work/bin/tool', 'allow'],
    ['the file by its path', ['/work/tool'], ['/work/**'], '/work/tool', 'allow'],
    ['a name anywhere', ['**/tool'], ['/work/**'], '/work/tool', 'deny'],
    ['the tree for the one file that may be written', ['/work/**'], ['/work/tool'], '/work/tool', 'deny'],
    [
      'the innermost place that may be written counts',
      ['/work/**'],
      ['/work/**', '/work/in/**'],
      '/work/in/tool',
      'deny',
    ],
    ['what may be written by name', ['/**'], ['**/cache'], '/x/cache/tool', 'deny'],
    [
      'what may be written by name, named the same',
      ['/**', '**/cache'],
      ['**/cache'],
      '/x/cache/tool',
      'allow',
    ],
    ['what may be written by extension', ['/**'], ['**/*.log'], '/x/a.log', 'deny'],
  ])('%s', (_, exec, write, path, expected) => {
    expect(verdict(written(exec, write), 'exec', path)).toBe(expected);
  });

  test('the deny names the writing rule and says why', () => {
    const ready = prepare(policy(written(['/**'], ['/work/**'])), { variables: VARIABLES });
    expect(ruleOf(ready, decide(ready, { category: 'exec', path: '/work/tool' }))).toMatchObject({
      layer: 'builtin:write-xor-run',
      category: 'exec',
      effect: 'deny',
      pattern: '/work/**',
      because: 'what fleet:test lets the agent write it may not run, unless exec names that place',
      file: 'test.yaml',
    });
  });

  test('each layer must name the place itself', () => {
    const fleet: Written = { rules: { exec: { allow: ['/**'] } } };
    const team: Written = { scope: 'team/payments', ...written(['/work/**'], ['/work/**']) };
    expect(verdict([fleet, team], 'exec', '/work/tool')).toBe('deny');
    expect(verdict(team, 'exec', '/work/tool')).toBe('allow');
  });

  test('a layer that only monitors gives no reason to prevent', () => {
    const fleet: Written = { rules: { exec: { allow: ['/**'] } } };
    const team: Written = {
      scope: 'team/payments',
      mode: 'monitor',
      rules: { write: { allow: ['/work/**'] } },
    };
    expect(deciding(fleet, team)('exec', '/work/tool')).toMatchObject({
      verdict: 'allow',
      would: { verdict: 'deny' },
    });
  });

  test('libraries of the system are not loaded from where the agent may write', () => {
    const documents = written(['/usr/bin/git'], ['/usr/local/**']);
    expect(verdict(documents, 'load', '/usr/lib/libc.so.6')).toBe('allow');
    expect(verdict(documents, 'load', '/usr/local/lib/libx.so')).toBe('deny');
    expect(verdict(documents, 'load', '/usr/bin/git')).toBe('allow');
  });
});

describe('addresses', () => {
  const connect = (allow: string[], deny: string[] = []): Written => ({
    rules: { connect: { allow, deny } },
  });

  test.each([
    ['10.0.0.0/8', '10.255.0.1:1', 'allow'],
    ['10.0.0.0/8', '11.0.0.1:1', 'deny'],
    ['10.0.0.1:80', '10.0.0.1:80', 'allow'],
    ['10.0.0.1:80', '10.0.0.1:81', 'deny'],
    ['10.0.0.1:80-90', '10.0.0.1:90', 'allow'],
    ['udp/10.0.0.1', 'udp/10.0.0.1:53', 'allow'],
    ['udp/10.0.0.1', 'tcp/10.0.0.1:53', 'deny'],
    ['[2001:db8::]/32:443', '[2001:db8::1]:443', 'allow'],
    ['[2001:db8::]/32:443', '[2001:db9::1]:443', 'deny'],
    ['[::ffff:10.0.0.0]/104', '10.1.1.1:1', 'allow'],
    ['10.0.0.0/8', '[::ffff:10.1.1.1]:1', 'allow'],
    ['[::]/0', '10.0.0.1:1', 'deny'],
    ['0.0.0.0/0', '[::1]:1', 'deny'],
    ['0.0.0.0/0', '127.0.0.1:1', 'allow'],
    ['127.0.0.1', '0.0.0.0:80', 'allow'],
    ['[::1]', '[::]:80', 'allow'],
    ['10.20.0.5/16', '10.20.9.9:1', 'allow'],
  ])('a rule %s, a connection to %s: %s', (rule, target, expected) => {
    expect(verdict(connect([rule]), 'connect', target)).toBe(expected);
  });

  test('the unspecified address is loopback, for denies as well', () => {
    expect(verdict(connect(['0.0.0.0/0'], ['127.0.0.0/8']), 'connect', '0.0.0.0:80')).toBe('deny');
    expect(verdict(connect(['[::]/0'], ['[::1]']), 'connect', '[::]:80')).toBe('deny');
  });

  test('listening on every address needs a rule that holds every address', () => {
    const listen = (allow: string): Written => ({ rules: { listen: { allow: [allow] } } });
    expect(verdict(listen('127.0.0.1:3000-3999'), 'listen', '0.0.0.0:3000')).toBe('deny');
    expect(verdict(listen('0.0.0.0/0:3000'), 'listen', '0.0.0.0:3000')).toBe('allow');
  });

  test('unix sockets by path, under a path, and by abstract name', () => {
    const documents = connect(['unix:/run/pg/**', 'unix:@bus']);
    expect(verdict(documents, 'connect', 'unix:/run/pg/.s')).toBe('allow');
    expect(verdict(documents, 'connect', 'unix:/run/x')).toBe('deny');
    expect(verdict(documents, 'connect', 'unix:@bus')).toBe('allow');
    expect(verdict(documents, 'connect', 'unix:@bus2')).toBe('deny');
  });
});

describe('host names', () => {
  const ready = prepare(policy({ rules: { connect: { allow: ['api.example.com:443', '*.example.org'] } } }), {
    variables: {},
  });
  const to = (host: string, address: string | null, port = 443): Decision => {
    const action: Action = {
      category: 'connect',
      protocol: 'tcp',
      host,
      address: address === null ? null : parseAddress(address)!.bytes,
      port,
    };
    return decide(ready, action);
  };

  test('a name is itself; *.name is what is under it and not itself', () => {
    expect(to('api.example.com', '93.184.216.34').verdict).toBe('allow');
    expect(to('x.api.example.com', '93.184.216.34').verdict).toBe('deny');
    expect(to('a.b.example.org', '2606:2800:220::1').verdict).toBe('allow');
    expect(to('example.org', '93.184.216.34').verdict).toBe('deny');
    expect(to('evilexample.org', '93.184.216.34').verdict).toBe('deny');
    expect(to('api.example.com', '93.184.216.34', 80).verdict).toBe('deny');
  });

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    'ff02::1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    '::ffff:127.0.0.1',
  ])('a name never reaches %s', (address) => {
    expect(to('api.example.com', address).verdict).toBe('deny');
  });
});

describe('content', () => {
  const digest = 'a'.repeat(64);
  const ready = prepare(policy({ rules: { exec: { allow: [`sha256:${digest.toUpperCase()}`] } } }), {
    variables: {},
  });

  test('a program is allowed by what it holds, whatever its name', () => {
    expect(decide(ready, { category: 'exec', path: '/any', sha256: digest }).verdict).toBe('allow');
    expect(decide(ready, { category: 'exec', path: '/any', sha256: 'b'.repeat(64) }).verdict).toBe('deny');
    expect(decide(ready, { category: 'exec', path: '/any' }).verdict).toBe('deny');
  });
});

describe('privileged', () => {
  test('left out means none, a name grants it, and every layer must', () => {
    expect(verdict({ rules: { exec: {} } }, 'privileged', 'mount')).toBe('deny');
    expect(verdict({ rules: { privileged: { allow: ['mount'] } } }, 'privileged', 'mount')).toBe('allow');
    expect(
      verdict(
        [{ rules: { privileged: { allow: ['mount'] } } }, { name: 'z', rules: { privileged: {} } }],
        'privileged',
        'mount',
      ),
    ).toBe('deny');
  });
});

describe('variables', () => {
  test('all that are not set are told at once, with the first line that needs each', () => {
    const documents: Written = {
      rules: { read: { allow: ['/a', '${workspace}/**', '${workspace}/x', '${run}/y'] } },
    };
    expect(() => prepare(policy(documents), { variables: {} })).toThrow(
      'the policy cannot be applied: ${workspace} is not set (needed by test.yaml:2); ${run} is not set (needed by test.yaml:4)',
    );
  });

  test.each([
    ['work', "is the relative path 'work'"],
    ['/a/../b', "has a '..' in '/a/../b'"],
    ['/', 'is /, which would stand for every path'],
    ['/a/', "has an empty part or '.' in '/a/'"],
    ['/a/./b', "has an empty part or '.' in '/a/./b'"],
    ['', "is the relative path ''"],
  ])('the value %j is refused', (value, expected) => {
    const documents: Written = { rules: { read: { allow: ['${workspace}/**'] } } };
    expect(() => prepare(policy(documents), { variables: { workspace: value } })).toThrow(expected);
  });

  test('what only built-in rules need may be missing or no good', () => {
    const documents: Written = { rules: { read: { allow: ['/**'] } } };
    const ready = prepare(policy(documents), { variables: { home: '/' } });
    expect(decide(ready, { category: 'read', path: '/.npmrc' }).verdict).toBe('allow');
  });
});
