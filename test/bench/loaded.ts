/**
 * The end-to-end tests while the machine bears the benchmark's load: that nothing of correctness, redaction, durability or the count
 * of what was lost is given up where there is much to do. Beside them an agent opens files at a steady rate under rules that are
 * judged; each of its opens must come to the subscriber or be counted as lost.
 *
 * In:     BENCH_TESTS, which of the tests (paths, with spaces in between); all of test/e2e without it.
 * Throws: which tests failed, and what of the load was neither delivered nor counted. No time is judged.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LoggedEvent } from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';
import { figure, type Part } from './figure.ts';
import { lostIn } from './lost.ts';
import { operatorOf } from './operator.ts';
import { diskDirectory, later, workDirectory } from './place.ts';
import { policies, WATCHED } from './policies.ts';
import { startHost } from './services.ts';
import { Worker } from './worker.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RATE = 10_000;
const RULES = 1_000;
const SLICE_SECONDS = 1;
/** Behind the last open: until then the rest has to have come, or to be counted. */
const DRAINED_MS = 30_000;

/** Of what a failed test said, characters. */
const TOLD = 1_000;

interface Tests {
  passed: number;
  /** By name, with what they said. */
  failed: string[];
}

export async function loadedPart(): Promise<Part> {
  const host = await startHost(policies(RULES));
  try {
    const operator = await operatorOf(host);
    const directory = workDirectory();
    const file = join(directory, 'file');
    let delivered = 0;
    let lost = 0;
    const call = subscribe(operator.client, operator.metadata, {});
    call.on('data', ({ events }: { events: LoggedEvent[] }) => {
      for (const { event } of events) {
        if (event!.fileOpen?.path === file) delivered++;
        lost += lostIn(event!);
      }
    });
    call.on('error', () => {});
    const worker = await Worker.start(directory, host.run(WATCHED));
    const begin = performance.now();
    const running = { tests: true };
    const testing = runTests().finally(() => {
      running.tests = false;
    });
    testing.catch(() => {});
    let made = 0;
    while (running.tests) made += (await worker.pace(RATE, SLICE_SECONDS)).made;
    const seconds = (performance.now() - begin) / 1000;
    const { passed, failed } = await testing;
    await worker.end();
    const end = performance.now();
    while (delivered + lost < made && performance.now() - end < DRAINED_MS) await sleep(100);
    call.cancel();
    operator.client.close();
    const faults = failed.map((name) => `failed under load: ${name}`);
    if (delivered + lost < made) {
      faults.push(
        `of ${made} opens ${delivered} came and ${lost} were counted as lost: ${made - delivered - lost} are missing`,
      );
    }
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return {
      title: 'End-to-end tests under load',
      about: `While an agent opens ${RATE.toLocaleString('en')} files a second under ${RULES.toLocaleString('en')} rules that are judged, in a runtime and gateway of its own.`,
      figures: [
        figure('loaded/passed', 'tests that passed; none failed', '', passed),
        figure('loaded/made', 'opens made meanwhile', '', made, {
          remark: `${Math.round(made / seconds).toLocaleString('en')} a second; ${delivered.toLocaleString('en')} came to the subscriber, ${lost.toLocaleString('en')} were counted as lost`,
        }),
      ],
    };
  } finally {
    await host.stop();
  }
}

async function runTests(): Promise<Tests> {
  const report = join(diskDirectory(), 'tests.json');
  const words = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'kernel',
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const asked = process.env.BENCH_TESTS?.split(' ') ?? ['test/e2e'];
  const child = spawn(process.execPath, [...words, ...asked], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  later(() => child.kill());
  await once(child, 'exit');
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
  return { passed: numPassedTests, failed: testResults.flatMap(failuresOf) };
}

/** What is used of vitest's JSON reporter. */
interface VitestReport {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

/** A file that could not be run at all has no test that failed. */
function failuresOf({
  name,
  status,
  message,
  assertionResults,
}: VitestReport['testResults'][number]): string[] {
  const file = name.replace(ROOT, '');
  const failed = assertionResults
    .filter((test) => test.status === 'failed')
    .map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${failureMessages?.[0]?.slice(0, TOLD)}`);
  return failed.length === 0 && status !== 'passed' ? [`${file}: ${message}`] : failed;
}
