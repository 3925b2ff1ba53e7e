/**
 * `warder run` as a container's entry point: the launcher's walls hold in there as on a host. The container has what
 * the runtime needs to load its programs; what runs behind the entry point has none of it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { type Engine, IMAGE, startEngine } from './engine.ts';
import { cleanUp, later } from './services.ts';
import { REFUSED, tries, tryingPolicy, UNREFUSED } from './walls-tries.ts';

const ROOT = process.cwd();
/** Named, for a host may itself lack one of those that `--privileged` gives. */
const RIGHTS = ['SYS_ADMIN'];
let engine: Engine;
let directory: string;

beforeAll(async () => {
  engine = await startEngine();
  later(() => engine.stop());
  directory = mkdtempSync(join(tmpdir(), 'warder-entry-'));
  later(() => removeTree(directory));
  mkdirSync(join(directory, 'work'));
  for (const name of ['made', 'kept']) writeFileSync(join(directory, 'work', name), 'before\n');
  writeFileSync(join(directory, 'policy.yaml'), tryingPolicy());
});
afterAll(cleanUp);

/** A shell's script in a container of its own; what it printed. */
function contained(script: string, entry: readonly string[]): string {
  const shared = [ROOT, '/usr'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
  const own = [directory, '/sys/fs/cgroup', '/sys/fs/bpf'].flatMap((path) => ['-v', `${path}:${path}`]);
  const free = ['seccomp', 'apparmor', 'systempaths'].flatMap((what) => [
    '--security-opt',
    `${what}=unconfined`,
  ]);
  const more = RIGHTS.flatMap((name) => ['--cap-add', name]);
  const where = ['--network', 'none', '--cgroupns', 'host', '-w', join(directory, 'work')];
  const [program, ...words] = [...entry, '/bin/sh', '-c', script];
  const flags = [...free, ...more, ...where, ...shared, ...own];
  return engine.client('run', '--rm', ...flags, '--entrypoint', program!, IMAGE, ...words);
}

const TRIES = [
  tries('/etc/secret'),
  'unshare --uts true && echo namespace || echo none',
  'mount -t tmpfs none /tmp && echo mounted || echo unmounted',
].join('; ');

test('without it a program of the container reads, writes and mounts', () => {
  expect(contained(TRIES, []).split('\n')).toEqual([...UNREFUSED, 'namespace', 'mounted']);
});

test('behind it nothing does but what the policy allows, and what is refused is told as prevented', () => {
  for (const name of ['new', 'moved']) rmSync(join(directory, 'work', name));
  for (const name of ['made', 'kept']) writeFileSync(join(directory, 'work', name), 'before\n');
  const state = ['--state', join(directory, 'state'), '--json', '--output', join(directory, 'log')];
  const entry = [join(ROOT, 'bin/warder'), 'run', '--policy', join(directory, 'policy.yaml'), ...state, '--'];
  const said = contained(TRIES, entry).split('\n');
  expect(said).toEqual([...REFUSED, 'none', 'unmounted']);
  expect(readFileSync(join(directory, 'work/kept'), 'utf8')).toBe('before\n');
  const events = readFileSync(join(directory, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const refused = events.find(({ fileOpen }) => fileOpen?.path?.endsWith('/etc/secret'));
  expect(refused?.decision).toMatchObject({ verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED' });
});
