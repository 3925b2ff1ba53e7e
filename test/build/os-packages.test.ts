/**
 * tools/os-packages.sh where packages are missing, against a dpkg-query that says what it is told to say.
 * apt-get is a script that fails the test's way: nothing is installed here.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'warder-packages-'));
  for (const tool of ['sh', 'cat', 'sed', 'tr', 'mktemp', 'rm', 'tail'])
    symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  script('id', 'echo 1000');
});
afterEach(() => removeTree(bin));

function script(name: string, ...lines: string[]): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(join(bin, name), 0o755);
}

function installed(lines: readonly string[]): void {
  script('dpkg-query', `cat <<'END'`, ...lines, 'END');
}

/** dpkg-query's lines for a machine with every package that the script asks for, read from what it misses on an empty one. */
function everything(): string[] {
  installed([]);
  const wanted =
    / recommends(.*)\n$/.exec(run().stderr.replace('--no-install-', ' '))?.[1]?.trim().split(' ') ?? [];
  expect(wanted).toEqual(expect.arrayContaining(['clang', 'pkg-config', 'zlib1g-dev', 'npm']));
  return wanted
    .filter((name) => name !== 'pkg-config')
    .map((name) => `installed ${name}, ,`)
    .concat('installed pkgconf, pkg-config (= 1.8.1-1), pkgconf-bin:amd64 (= 1.8),');
}

function run() {
  const { status, stdout, stderr } = spawnSync('tools/os-packages.sh', {
    env: { PATH: bin },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('where all is installed it says nothing, and a provided name counts', () => {
  installed(everything());
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('without root it names the command that installs what is missing, and only that', () => {
  installed(everything().filter((line) => !/ (clang|zlib1g-dev),/.test(line)));
  expect(run()).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /only root may install them; run: sudo apt-get install --no-install-recommends clang zlib1g-dev\n$/,
    ),
  });
});

test('a package that was removed and left its settings is missing', () => {
  installed(everything().map((line) => line.replace(/^installed cmake/, 'config-files cmake')));
  expect(run().stderr).toMatch(/recommends cmake\n$/);
});

test('npm is asked for only where there is none', () => {
  installed(everything().filter((line) => !/ (nodejs|npm),/.test(line)));
  expect(run().stderr).toMatch(/recommends nodejs npm\n$/);
  script('npm', '');
  script('node', '');
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
});

test("when apt fails, apt's words and what was wanted are shown", () => {
  installed(everything().filter((line) => !line.includes(' git,')));
  script('id', 'echo 0');
  script('apt-get', 'echo "E: Unable to locate package"; exit 100');
  const { status, stderr } = run();
  expect(status).toBe(1);
  expect(stderr).toMatch(/E: Unable to locate package\nset-up: apt could not install git; /);
});

test('another distribution is told so', () => {
  expect(run()).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^set-up: this is no Debian system; /),
  });
});
