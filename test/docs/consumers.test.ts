/** docs/consumers.md: its commands run as they stand there, on a stored run; its table of variables is the code's. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toBigInt, toLong } from '../../src/contract/int64.ts';
import { EXPRESSION_VARIABLES } from '../../src/gateway/stream/expression.ts';
import { stored } from '../cli/program-fixture.ts';
import { recordedRun } from '../cli/recorded-run.ts';
import { cleanUp, stateDirectory } from '../gateway/fixtures.ts';
import { policyText } from '../policy-text.ts';

const DOCUMENT = readFileSync('docs/consumers.md', 'utf8');
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const COMMANDS = [...DOCUMENT.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

/** The answer of these is no: they would refuse something that was done. */
const NO = /--policy stricter|what-if/;
const STRICTER = policyText('stricter', 'team/demo', 'enforce', '  exec: [{allow: /usr/bin/dash}]\n');

let state: string;
let folder: string;
beforeAll(async () => {
  // As if it had just happened: the commands ask for the last days.
  const shift = BigInt(Date.now()) * 1_000_000n - toBigInt(recordedRun()[0]!.timeUnixNs) - 60_000_000_000n;
  const events = recordedRun().map((event) => ({
    ...event,
    timeUnixNs: toLong(toBigInt(event.timeUnixNs) + shift),
  }));
  state = await stored(events);
  folder = stateDirectory();
  writeFileSync(join(folder, 'stricter.yaml'), STRICTER);
}, 60_000);
afterAll(cleanUp);

test('there are commands', () => expect(COMMANDS.length).toBeGreaterThan(12));

test.each(COMMANDS)('%s', (line) => {
  expect(line).toMatch(/^warder /);
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"$NODE" "$MAIN" ${line.slice('warder '.length)}`],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, NODE: process.execPath, MAIN, WARDER_STATE_DIR: state, HOME: folder },
      encoding: 'utf8',
    },
  );
  expect([status, status === (NO.test(line) ? 1 : 0) ? '' : stderr]).toEqual([NO.test(line) ? 1 : 0, '']);
  const file = /(?:--out|--html) (\S+)/.exec(line)?.[1];
  if (file) expect(existsSync(join(folder, file))).toBe(true);
  else if (!line.includes('policy check')) expect(stdout).not.toBe('');
});

test('the variables of expressions are those of the code, with their types', () => {
  const table = /\| variable \| type \|\n\|---\|---\|\n((?:\|.*\|\n)+)/.exec(DOCUMENT)![1]!;
  const told = table
    .trimEnd()
    .split('\n')
    .flatMap((row) => {
      const [, names, type] = row.split(/(?<!\\) ?\| ?/);
      // Values stand in parentheses behind the name that has them.
      const listed = names!.replace(/\([^)]*\)/g, '').match(/`[a-z_]+`/g) ?? [];
      return listed.map((name) => `${name.slice(1, -1)} ${type!.replace('&lt;', '<').replace('&gt;', '>')}`);
    });
  expect(told.sort()).toEqual(EXPRESSION_VARIABLES.map(({ name, type }) => `${name} ${type}`).sort());
});
