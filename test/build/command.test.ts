/** bin/warder: which node it starts, from where, and what it says where nothing is built. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'warder command-'));
  mkdirSync(join(root, 'bin'));
  copyFileSync('bin/warder', join(root, 'bin/warder'));
});
afterEach(() => removeTree(root));

/** A tree whose node says what it was given. */
function build(): void {
  mkdirSync(join(root, 'dist/cli'), { recursive: true });
  writeFileSync(join(root, 'dist/cli/main.js'), '');
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  const node = join(root, 'node_modules/node/bin/node');
  writeFileSync(node, '#!/bin/sh\nprintf "[%s]" "$0" "$@"\nexit 7\n');
  chmodSync(node, 0o755);
}

test('a tree that is not built says what to run', () => {
  const { status, stderr } = spawnSync(join(root, 'bin/warder'), { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, `warder: ${root} is not built; run: sudo make -C '${root}' build\n`]);
});

test('what tells a node how to run is kept from its own, for the agent', () => {
  build();
  const node = join(root, 'node_modules/node/bin/node');
  writeFileSync(node, '#!/bin/sh\nenv | grep NODE_ | sort\n');
  const given = { NODE_OPTIONS: '--inspect', NODE_COMPILE_CACHE: '/tmp/others' };
  const { stdout } = spawnSync(join(root, 'bin/warder'), [], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...given },
  });
  expect(stdout).toBe('WARDER_AGENT_NODE_COMPILE_CACHE=/tmp/others\nWARDER_AGENT_NODE_OPTIONS=--inspect\n');
});

test('it starts the tree it belongs to with its own node, through links, arguments and exit status kept', () => {
  build();
  symlinkSync('../bin/warder', join(root, 'dist/link'));
  symlinkSync(join(root, 'dist/link'), join(root, 'again'));
  const { status, stdout } = spawnSync(join(root, 'again'), ['run', 'a b', ''], {
    cwd: '/',
    encoding: 'utf8',
  });
  const node = `[${root}/node_modules/node/bin/node][--disable-sigusr1][--max-semi-space-size=4]`;
  expect(stdout).toBe(`${node}[${root}/dist/cli/main.js][run][a b][]`);
  expect(status).toBe(7);
});

test('the gateway alone may let its heap grow to three times what lives', () => {
  build();
  const words = (command: string) =>
    spawnSync(join(root, 'bin/warder'), [command, '--config', 'a b'], { encoding: 'utf8' });
  const before = `[${root}/node_modules/node/bin/node][--disable-sigusr1][--max-semi-space-size=4]`;
  const behind = (command: string) => `[${root}/dist/cli/main.js][${command}][--config][a b]`;
  expect(words('gateway').stdout).toBe(`${before}[--heap-growing-percent=200]${behind('gateway')}`);
  expect(words('gateway').status).toBe(7);
  expect(words('runtime').stdout).toBe(`${before}${behind('runtime')}`);
});

test('by a whole path, from a directory of it, and through links to directories it is the same tree', () => {
  build();
  symlinkSync(join(root, 'bin'), join(root, 'dist/bin-link'));
  symlinkSync(root, join(root, 'dist/root-link'));
  const ways: [string, string][] = [
    [join(root, 'bin/warder'), '/'],
    ['bin/warder', root],
    ['./warder', join(root, 'bin')],
    ['../bin/warder', join(root, 'dist')],
    [join(root, 'dist/bin-link/warder'), '/'],
    [join(root, 'dist/root-link/bin/warder'), '/'],
  ];
  for (const [command, cwd] of ways) {
    const { stdout, status } = spawnSync(command, [], { cwd, encoding: 'utf8' });
    expect(realpathSync(/^\[([^\]]*)\]/.exec(stdout)?.[1] ?? '/'), command).toBe(
      realpathSync(join(root, 'node_modules/node/bin/node')),
    );
    expect(status).toBe(7);
  }
});
