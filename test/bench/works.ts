/**
 * Real work that workers do on request, the files it works on, and what its times come to in the states of one cycle.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bound, type Figure, figure } from './figure.ts';
import { npmProject } from './npm-project.ts';
import { median, spread } from './statistics.ts';
import type { Worker } from './worker.ts';

/** What a burst has left in the pipeline is not to slow what is measured next. */
const REST_MS = 60;
const NPM_OPTIONS = '--offline --ignore-scripts --no-audit --no-fund --loglevel=error --logs-max=0';

export interface Work {
  text: string;
  request: string;
  goal?: Bound;
}

const TRACKED: Bound = { most: 1.03 };
export const STATES = {
  idle: 'services up, no agent',
  untracked: 'untracked, while agents run',
  monitor: 'tracked, monitor',
  enforce: 'tracked, enforce, 1,000 rules',
} as const;
export type State = keyof typeof STATES;

/** A row of the table, and how its files are made where it has any. */
interface Prepared extends Work {
  prepare?: (directory: string) => void;
}

const write = (name: string, text: string) => (directory: string) =>
  writeFileSync(join(directory, name), text);

const allWorks = (): Record<string, Prepared> => ({
  gcc: {
    text: 'gcc -O2 of one file',
    request: 'run gcc -O2 -c source.c -o source.o',
    goal: TRACKED,
    prepare: (directory) =>
      copyFileSync(fileURLToPath(new URL('worker.c', import.meta.url)), join(directory, 'source.c')),
  },
  node: { text: 'node starts', request: `run ${process.execPath} -e 0`, goal: TRACKED },
  python: {
    text: 'python starts, with json and ssl',
    request: `run ${python()} start.py`,
    prepare: write('start.py', 'import json, ssl\n'),
  },
  script: {
    text: 'a shell script of 30 commands',
    request: 'run /bin/sh script.sh',
    goal: TRACKED,
    prepare: write(
      'script.sh',
      `for i in 1 2 3 4 5 6 7 8 9 10; do ls / >/dev/null; cat file | wc -c >/dev/null; done\n`,
    ),
  },
  status: {
    text: 'git status, 2,000 files',
    request: `run git -C repository status --porcelain`,
    prepare: (directory) => repository(join(directory, 'repository')),
  },
  npm: {
    text: 'npm ci of 20 packages, from a local cache',
    request: 'run /bin/sh npm.sh',
    prepare: (directory) => {
      npmProject(directory);
      write('npm.sh', `cd npm-project && npm ci ${NPM_OPTIONS} --cache ../npm-cache\n`)(directory);
    },
  },
  /** Of the repository of `status`. */
  clone: {
    text: 'git clone of it',
    request: 'run /bin/sh clone.sh',
    prepare: write('clone.sh', `rm -rf copy && git clone -q repository copy\n`),
  },
  grep: {
    text: 'grep -r over /usr/include/linux and c++',
    request: 'run grep -rc struct /usr/include/linux /usr/include/c++',
  },
  open: { text: 'open + close, a burst of 2,000', request: 'open 2000' },
  'fork-exec': { text: 'fork + exec of /bin/true, ten times', request: 'fork-exec 10' },
});

/** Those that are asked for, in this order, with everything that they work on. */
export function prepareWork(directory: string, asked?: readonly string[]): Record<string, Work> {
  const all = allWorks();
  return Object.fromEntries(
    (asked ?? Object.keys(all)).map((name) => {
      const { prepare, ...work } = all[name]!;
      prepare?.(directory);
      return [name, work];
    }),
  );
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

export interface Taken {
  ns: number;
  /** 0 for a loop, which is no command. */
  cpuNs: number;
}
export type Times = Record<string, Taken>;

/** Medians of so many repetitions, worker by worker in turns. */
export async function measure(
  workers: readonly Worker[],
  works: Record<string, Work>,
  repetitions: number,
): Promise<Times[]> {
  const times = workers.map((): Times => ({}));
  for (const [name, { request }] of Object.entries(works)) {
    const taken: Taken[][] = workers.map(() => []);
    for (let repetition = 0; repetition < repetitions; repetition++) {
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

/** What each work took in every state, and with nothing there. */
export interface Cycle extends Record<State, Times> {
  bare: Times;
}

/** @param id what the figures' ids begin with, `work/gcc` */
export function figuresOf(
  id: string,
  name: string,
  { text, goal }: Work,
  cycles: readonly Cycle[],
  said: Readonly<Record<State, string>> = STATES,
): Figure[] {
  const states = Object.keys(STATES) as State[];
  const ms = spread(cycles.map(({ bare }) => bare[name]!.ns / 1e6));
  return [
    figure(`${id}/bare`, text, 'ms', ms),
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
      return figure(`${id}/${state}`, `${text}: ${said[state]}`, 'x', of('ns'), more);
    }),
  ];
}
