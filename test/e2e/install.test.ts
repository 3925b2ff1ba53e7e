/**
 * The installed command, away from the checkout: its node, packages, addon, launcher and proto files are its own.
 * An agent runs under it for real; what belongs to it is read from where it lies.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: installed, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: [/usr/bin/sh, /usr/bin/cat]}]
  read: [{allow: [/usr/**]}]
`;

let destination: string;
let command: string;
beforeAll(() => {
  destination = mkdtempSync(join(tmpdir(), 'warder-install-'));
  execFileSync('make', ['--silent', 'install', `DESTDIR=${destination}`, 'PREFIX=/usr'], { stdio: 'pipe' });
  command = join(destination, 'usr/bin/warder');
});
afterAll(() => removeTree(destination));

function warder(...args: string[]) {
  return spawnSync(command, args, { cwd: '/', encoding: 'utf8', timeout: 60_000 });
}

test('an agent runs under the installed command: its output and status are passed on, a refused program is prevented', () => {
  const policy = join(destination, 'policy.yaml');
  writeFileSync(policy, POLICY);
  const script = 'cat /usr/lib/os-release | cat; /usr/bin/id; exit 3';
  const args = [
    'run',
    '--policy',
    policy,
    '--state',
    join(destination, 'state'),
    '--',
    '/usr/bin/sh',
    '-c',
    script,
  ];
  const { status, stdout, stderr } = warder(...args);
  expect({ status, stdout, stderr }).toEqual({
    status: 3,
    stdout: expect.stringMatching(/^PRETTY_NAME=/m),
    stderr: expect.stringMatching(/\/usr\/bin\/id/),
  });
  expect(stdout).not.toMatch(/uid=/);
});

test('nothing in the installed tree leads back to the checkout', () => {
  const links = execFileSync('find', [destination, '-type', 'l', '-printf', '%l\n'], { encoding: 'utf8' });
  expect(links.split('\n').filter((target) => target.startsWith('/'))).toEqual([]);
});

test('packages that only build and test Warder are not installed', () => {
  const packages = readdirSync(join(destination, 'usr/lib/warder/node_modules'));
  expect(packages).toContain('zod');
  expect(packages).toContain('node');
  expect(packages.filter((name) => /^(vitest|typescript|cmake-js|@biomejs|node-linux)/.test(name))).toEqual(
    [],
  );
});

test('what is loaded from beside the bundle is whole without types, tests and commands of its own', () => {
  const library = join(destination, 'usr/lib/warder');
  const packages = ['pino', 'grpc-health-check', '@grpc/reflection', '@grpc/proto-loader'];
  const script = `for (const name of ${JSON.stringify(packages)}) console.log(typeof require(name));`;
  const loaded = spawnSync(join(library, 'node_modules/node/bin/node'), ['-e', script], {
    cwd: library,
    encoding: 'utf8',
  });
  expect({ stdout: loaded.stdout, stderr: loaded.stderr }).toEqual({
    stdout: 'function\nobject\nobject\nobject\n',
    stderr: '',
  });
  const words = ['node_modules', '-name', '*.d.ts', '-o', '-path', '*/test/*', '-o', '-name', '.npmignore'];
  expect(execFileSync('find', words, { cwd: library, encoding: 'utf8' })).toBe('');
});

test('what a document that is installed links to is installed as well', () => {
  const documents = join(destination, 'usr/share/doc/warder');
  const pages = readdirSync(documents, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  const links = pages.flatMap((page) =>
    [...readFileSync(join(documents, page), 'utf8').matchAll(/(?<!!)\[[^\]]*\]\(([^)#\s]+)/g)].map(
      ([, link = '']) => ({ page, link }),
    ),
  );
  const local = links.filter(({ link }) => !/^[a-z]+:/.test(link));
  expect(local.length).toBeGreaterThan(100);
  expect(local.filter(({ page, link }) => !existsSync(join(documents, dirname(page), link)))).toEqual([]);
});

test('units start the command where it was installed, and name no other place', () => {
  const units = join(destination, 'usr/lib/systemd/system');
  for (const service of ['gateway', 'runtime']) {
    const unit = readFileSync(join(units, `warder-${service}.service`), 'utf8');
    expect(unit).toContain(`ExecStart=/usr/bin/warder ${service}\n`);
    expect(unit).not.toMatch(/@\w+@/);
    // With the manager's own limit five failures in ten seconds, as on a full disk, would be the last.
    expect(unit).toMatch(
      /^\[Unit\][^[]*\nStartLimitIntervalSec=0\n[^[]*^\[Service\][^[]*\nRestart=always\n/m,
    );
  }
});

test('the configuration that is installed has no fault, and one that is there stays', () => {
  const files = ['gateway', 'runtime'].map((service) => join(destination, `etc/warder/${service}.yaml`));
  expect(warder('config', 'check', ...files)).toMatchObject({ status: 0, stderr: '' });
  writeFileSync(files[0]!, '# mine\n');
  execFileSync('make', ['--silent', 'install', `DESTDIR=${destination}`, 'PREFIX=/usr'], { stdio: 'pipe' });
  expect(readFileSync(files[0]!, 'utf8')).toBe('# mine\n');
});

test.each([
  ['/usr', 'vendor-completions'],
  ['/usr/local', 'site-functions'],
])(
  'below %s the completions are where zsh looks, and uninstall leaves no file or directory of it but the configuration',
  (prefix, zsh) => {
    const make = (target: string) =>
      execFileSync('make', ['--silent', target, `DESTDIR=${destination}`, `PREFIX=${prefix}`], {
        stdio: 'pipe',
      });
    if (prefix !== '/usr') make('install');
    expect(readdirSync(join(destination, prefix, 'share/zsh'))).toEqual([zsh]);
    make('uninstall');
    expect(readdirSync(join(destination, prefix), { recursive: true }).sort()).toEqual([
      'bin',
      'lib',
      'share',
      'share/man',
    ]);
    expect(readdirSync(join(destination, 'etc/warder')).sort()).toEqual(['gateway.yaml', 'runtime.yaml']);
  },
);
