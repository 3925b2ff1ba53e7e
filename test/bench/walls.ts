/**
 * What walls cost at the start of an agent: from a spawn to the end of /bin/true, plain, through the launcher, and
 * through the launcher with walls; and bubblewrap, where it is installed, with binds for the same places.
 *
 *   sudo node test/bench/walls.ts [RUNS]
 *
 * Out: milliseconds, least, median and 90th percentile of RUNS (100), taken in turns so that a busy host slows all alike.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { requireHost } from '../../src/kernel/capability.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { launch } from '../../src/runtime/launch/launcher.ts';
import { describeWalls } from '../../src/runtime/walls/description.ts';
import { ThisHost } from '../../src/runtime/walls/host-files.ts';
import { planWalls } from '../../src/runtime/walls/plan.ts';
import { beginClean, cleanUp, later, ownDirectory } from './place.ts';

const RUNS = Number(process.argv[2] ?? 100);
const LAUNCHER = fileURLToPath(new URL('../../build/warder-launch', import.meta.url));
const COMMAND = ['/bin/true'] as const;

await beginClean();
const workspace = ownDirectory();
const cgroup = join(requireHost().cgroup2, 'warder-bench');
mkdirSync(cgroup, { recursive: true });
later(() => rmdirSync(cgroup));
mkdirSync(join(workspace, 'secret'));

const policy = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: bench, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: /usr/**
    - deny: [/usr/bin/sudo, /usr/bin/su]
  read:
    - allow: [/usr/**, /etc/**, "\${workspace}/**"]
    - deny: "\${workspace}/secret/**"
  write:
    - allow: "\${workspace}/**"
    - deny: "\${workspace}/secret/**"
`;

function compiledPolicy() {
  const { documents } = parsePolicyFile(policy, 'bench.yaml');
  const answer = effectivePolicy(documents, 'spiffe://bench.local/bench/bench/bench');
  if (!('policy' in answer)) throw new Error(answer.refusal);
  return compile(answer.policy, { variables: { workspace, run: 'bench', home: '/root' } });
}

async function ended(command: readonly string[]): Promise<void> {
  const child = spawn(command[0]!, command.slice(1), { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`);
}

async function launched(walls: Buffer | undefined): Promise<void> {
  const agent = await launch({
    launcher: LAUNCHER,
    cgroupPath: cgroup,
    command: COMMAND,
    workingDirectory: workspace,
    environment: {},
    walls,
    label: () => {},
  });
  const { code } = await agent.ended;
  if (code !== 0) throw new Error(`the command ended with ${code}`);
}

const compiled = compiledPolicy();
const plan = planWalls(compiled, new ThisHost())!;
const description = describeWalls(plan.lines);
const bubblewrap = [
  '/usr/bin/bwrap',
  '--ro-bind',
  '/usr',
  '/usr',
  '--ro-bind',
  '/etc',
  '/etc',
  '--symlink',
  'usr/bin',
  '/bin',
];
bubblewrap.push(
  '--symlink',
  'usr/lib',
  '/lib',
  '--symlink',
  'usr/lib64',
  '/lib64',
  '--proc',
  '/proc',
  '--dev',
  '/dev',
);
bubblewrap.push(
  '--bind',
  workspace,
  workspace,
  '--tmpfs',
  join(workspace, 'secret'),
  '--unshare-ipc',
  '--die-with-parent',
);

const ways: Record<string, () => Promise<void>> = {
  'plain spawn': () => ended(COMMAND),
  launcher: () => launched(undefined),
  'launcher with walls': () => launched(description),
  'plan of the walls': async () => void describeWalls(planWalls(compiled, new ThisHost())!.lines),
};
if (existsSync(bubblewrap[0]!)) ways.bubblewrap = () => ended([...bubblewrap, '--', ...COMMAND]);

const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
try {
  for (let run = -5; run < RUNS; run++) {
    for (const [name, way] of Object.entries(ways)) {
      const before = performance.now();
      await way();
      if (run >= 0) times.get(name)!.push(performance.now() - before);
    }
  }
  for (const [name, list] of times) {
    list.sort((a, b) => a - b);
    const at = (share: number) => list[Math.floor((list.length - 1) * share)]!.toFixed(2).padStart(7);
    process.stdout.write(`${name.padEnd(20)} least ${at(0)} ms   median ${at(0.5)} ms   p90 ${at(0.9)} ms\n`);
  }
  for (const [word, share] of [
    ['least', 0],
    ['median', 0.5],
  ] as const) {
    const at = (name: string) => times.get(name)![Math.floor((RUNS - 1) * share)]!;
    const all = at('launcher with walls') + at('plan of the walls');
    const plain = at('plain spawn');
    process.stdout.write(
      `walls over a plain spawn, ${word}: ${(all - plain).toFixed(2)} ms of 15, ${(all / plain).toFixed(2)} times\n`,
    );
  }
} finally {
  await cleanUp();
}
