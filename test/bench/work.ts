/**
 * Real work, and the loops, under all of Warder: gateway and runtime as services, agents started through the runtime,
 * behind whatever walls this host needs, every event redacted, spooled, sent and in the durable log.
 *
 * A cycle: everything without services; with both, no agent; then an agent that is monitored, one under 1,000 rules
 * and a worker that is none, by turns. What each took is divided by what the same took in the same cycle without
 * services.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bound, type Figure, figure, type Part } from './figure.ts';
import { npmProject } from './npm-project.ts';
import { workDirectory } from './place.ts';
import { ENFORCED, MONITORED, policies } from './policies.ts';
import { startHost } from './services.ts';
import { median, spread } from './statistics.ts';
import { Worker } from './worker.ts';

/** Repetitions of each in one state of one cycle. */
const REPETITIONS = 3;
/** What a burst has left in the pipeline is not to slow what is measured next. */
const REST_MS = 60;
const NPM_OPTIONS = '--offline --ignore-scripts --no-audit --no-fund --loglevel=error --logs-max=0';

interface Work {
  text: string;
  request: string;
  goal?: Bound;
}

const TRACKED: Bound = { most: 1.03 };
const STATES = {
  idle: 'services up, no agent',
  untracked: 'untracked, while agents run',
  monitor: 'tracked, monitor',
  enforce: 'tracked, enforce, 1,000 rules',
} as const;
type State = keyof typeof STATES;

/** Everything that the commands below work on. */
export function prepareWork(directory: string): Record<string, Work> {
  const at = (name: string) => join(directory, name);
  copyFileSync(fileURLToPath(new URL('worker.c', import.meta.url)), at('source.c'));
  writeFileSync(
    at('script.sh'),
    `for i in 1 2 3 4 5 6 7 8 9 10; do ls / >/dev/null; cat file | wc -c >/dev/null; done\n`,
  );
  writeFileSync(at('clone.sh'), `rm -rf copy && git clone -q repository copy\n`);
  writeFileSync(at('start.py'), 'import json, ssl\n');
  repository(at('repository'));
  npmProject(directory);
  writeFileSync(at('npm.sh'), `cd npm-project && npm ci ${NPM_OPTIONS} --cache ../npm-cache\n`);
  const node = process.execPath;
  return {
    gcc: { text: 'gcc -O2 of one file', request: `run gcc -O2 -c source.c -o source.o`, goal: TRACKED },
    node: { text: 'node starts', request: `run ${node} -e 0`, goal: TRACKED },
    python: { text: 'python starts, with json and ssl', request: `run ${python()} start.py` },
    script: { text: 'a shell script of 30 commands', request: 'run /bin/sh script.sh', goal: TRACKED },
    status: { text: 'git status, 2,000 files', request: `run git -C repository status --porcelain` },
    npm: { text: 'npm ci of 20 packages, from a local cache', request: 'run /bin/sh npm.sh' },
    clone: { text: 'git clone of it', request: 'run /bin/sh clone.sh' },
    grep: {
      text: 'grep -r over /usr/include/linux and c++',
      request: 'run grep -rc struct /usr/include/linux /usr/include/c++',
    },
    open: { text: 'open + close, a burst of 2,000', request: 'open 2000' },
    'fork-exec': { text: 'fork + exec of /bin/true, ten times', request: 'fork-exec 10' },
  };
}

function repository(directory: string): void {
  for (let folder = 0; folder < 50; folder++) {
    mkdirSync(join(directory, `folder-${folder}`), { recursive: true });
    for (let file = 0; file < 40; file++) {
      writeFileSync(
        join(directory, `folder-${folder}`, `file-${file}.txt`),
        `${folder} ${file}\n`.repeat(20),
      );
    }
  }
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=bench', '-c', 'user.email=b@localhost', ...words]);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
}

/** The interpreter itself: a wrapper of a version manager would be most of what is measured. */
function python(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

interface Taken {
  ns: number;
  /** 0 for a loop, which is no command. */
  cpuNs: number;
}
type Times = Record<string, Taken>;

async function measure(workers: readonly Worker[], works: Record<string, Work>): Promise<Times[]> {
  const times = workers.map((): Times => ({}));
  for (const [name, { request }] of Object.entries(works)) {
    const taken: Taken[][] = workers.map(() => []);
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      for (const [index, worker] of workers.entries()) {
        await sleep(REST_MS);
        taken[index]!.push(await worker.run(request));
      }
    }
    for (const index of workers.keys()) {
      const of = taken[index]!;
      times[index]![name] = {
        ns: median(of.map(({ ns }) => ns)),
        cpuNs: median(of.map(({ cpuNs }) => cpuNs)),
      };
    }
  }
  return times;
}

interface Cycle extends Record<State, Times> {
  bare: Times;
}

async function cycle(directory: string, works: Record<string, Work>, isFirst: boolean): Promise<Cycle> {
  const outside = await Worker.start(directory);
  const workers = [outside];
  try {
    // What is read for the first time comes from a disk.
    if (isFirst) await measure([outside], works);
    const [bare] = await measure([outside], works);
    const host = await startHost(policies(1000));
    try {
      const [idle] = await measure([outside], works);
      for (const agent of [MONITORED, ENFORCED]) workers.push(await Worker.start(directory, host.run(agent)));
      const [untracked, monitor, enforce] = await measure(workers, works);
      for (const worker of workers.splice(1)) await worker.end();
      return { bare: bare!, idle: idle!, untracked: untracked!, monitor: monitor!, enforce: enforce! };
    } finally {
      await host.stop();
    }
  } finally {
    for (const worker of workers) await worker.end();
  }
}

export async function workPart(cycles: number): Promise<Part> {
  const directory = workDirectory();
  const works = prepareWork(directory);
  const measured: Cycle[] = [];
  for (let index = 0; index < cycles; index++) measured.push(await cycle(directory, works, index === 0));
  return {
    title: 'Work under all of Warder: gateway and runtime as services, events in the durable log',
    about:
      `Of the time without services. Medians of ${cycles} cycles of ${REPETITIONS}; in brackets the middle half of them. ` +
      'The last column is the CPU time of the command itself, which tells more where others use the machine.',
    figures: Object.entries(works).flatMap(([name, work]) => figuresOf(name, work, measured)),
  };
}

function figuresOf(name: string, { text, goal }: Work, cycles: readonly Cycle[]): Figure[] {
  const states = Object.keys(STATES) as State[];
  const ms = spread(cycles.map(({ bare }) => bare[name]!.ns / 1e6));
  return [
    figure(`work/${name}/bare`, text, 'ms', ms),
    ...states.map((state) => {
      const of = (what: keyof Taken) =>
        spread(cycles.map((one) => one[state][name]![what] / one.bare[name]![what]));
      const tracked = state === 'monitor' || state === 'enforce';
      const cpu = of('cpuNs');
      const ofCpu = Number.isNaN(cpu.median)
        ? {}
        : {
            relative: cpu.median,
            remark: `${cpu.median.toFixed(2)}x (${cpu.low.toFixed(2)}–${cpu.high.toFixed(2)})`,
          };
      const more = { ...ofCpu, ...(tracked && goal ? { goal } : {}) };
      return figure(`work/${name}/${state}`, `${text}: ${STATES[state]}`, 'x', of('ns'), more);
    }),
  ];
}
