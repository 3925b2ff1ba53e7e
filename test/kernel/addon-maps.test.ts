/** Policy rows and labels: what user space writes is what the kernel then does. */
import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { enums, layout } from '../../src/kernel/generated/layout.ts';
import {
  attachedSensor,
  cleanUp,
  holdShell,
  key32,
  label,
  openSensor,
  pathRow,
  REFUSED_EXEC,
  RUN,
} from './addon-fixtures.ts';

afterEach(cleanUp);

test('a labelled process without a policy gets no further than its first exec', async () => {
  const sensor = attachedSensor();
  sensor.mapDelete('runs', key32(RUN), 1);
  const shell = holdShell('exec /bin/true');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(REFUSED_EXEC).toContain(await shell.finish());
});

test('the same process with a policy that allows it runs', async () => {
  const sensor = attachedSensor();
  const shell = holdShell('exec /bin/true');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(await shell.finish()).toBe(0);
});

test('a deleted row allows no more', async () => {
  const sensor = attachedSensor();
  const { key } = pathRow(enums.category.CATEGORY_EXEC, '/');
  expect(sensor.mapDelete('path_rules', key, 1)).toBe(1);
  expect(sensor.mapDelete('path_rules', key, 1)).toBe(0);
  const shell = holdShell('exec /bin/true');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(REFUSED_EXEC).toContain(await shell.finish());
});

test('a label stays with the process and goes to its children, to nobody else', async () => {
  const sensor = attachedSensor();
  const shell = holdShell('sleep 1000 & echo; wait');
  const other = holdShell('true');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(sensor.readLabel(shell.pid)).toEqual(label(RUN));
  expect(sensor.readLabel(other.pid)).toBeNull();
  expect(sensor.readLabel(process.pid)).toBeNull();
  const ended = shell.finish();
  const child = await childOf(shell.pid);
  expect(sensor.readLabel(child)).toEqual(label(RUN));
  process.kill(child, 'SIGKILL');
  await ended;
  await other.finish();
});

async function childOf(pid: number): Promise<number> {
  for (;;) {
    const found = execFileSync('sh', ['-c', `cat /proc/${pid}/task/${pid}/children`], {
      encoding: 'utf8',
    }).trim();
    if (found !== '') return Number(found.split(' ')[0]);
  }
}

test('a label can be changed', () => {
  const sensor = openSensor();
  const shell = holdShell('true');
  sensor.labelProcess(shell.pid, label(7));
  sensor.labelProcess(shell.pid, label(8));
  expect(sensor.readLabel(shell.pid)).toEqual(label(8));
});

test('there is no label where there is no process', async () => {
  const sensor = openSensor();
  const shell = holdShell('true');
  await shell.finish();
  expect(sensor.readLabel(shell.pid)).toBeNull();
  expect(() => sensor.labelProcess(shell.pid, label(RUN))).toThrow(
    expect.objectContaining({ code: 'KERNEL_LABEL', errnoName: 'ESRCH' }),
  );
});

test('many rows are written and deleted by one call each', () => {
  const sensor = openSensor();
  const rows = Array.from({ length: 5_000 }, (_, i) => pathRow(enums.category.CATEGORY_READ, `/srv/${i}/`));
  const keys = Buffer.concat(rows.map((row) => row.key));
  const values = Buffer.concat(rows.map((row) => row.value));
  sensor.mapWrite('path_rules', keys, values, rows.length);
  expect(sensor.mapDelete('path_rules', keys, rows.length)).toBe(rows.length);
  expect(sensor.mapDelete('path_rules', keys, rows.length)).toBe(0);
});

test('rows that are not there keep none of those behind them', () => {
  const sensor = openSensor();
  const rows = Array.from({ length: 100 }, (_, i) => pathRow(enums.category.CATEGORY_READ, `/srv/${i}/`));
  const written = rows.filter((_, i) => i % 3 === 0);
  const keys = (of: typeof rows) => Buffer.concat(of.map((row) => row.key));
  const values = Buffer.concat(written.map((row) => row.value));
  sensor.mapWrite('path_rules', keys(written), values, written.length);
  expect(sensor.mapDelete('path_rules', keys(rows), rows.length)).toBe(written.length);
  expect(sensor.mapKeys('path_rules')).toHaveLength(0);
});

test('a row that the kernel refuses is named, with its number', () => {
  const sensor = openSensor();
  const good = pathRow(enums.category.CATEGORY_READ, '/a/');
  const bad = pathRow(enums.category.CATEGORY_READ, '/b/');
  bad.key.writeUInt32LE(8 * layout.path_key.size, layout.path_key.fields.prefix_bits.offset);
  expect(() =>
    sensor.mapWrite(
      'path_rules',
      Buffer.concat([good.key, bad.key]),
      Buffer.concat([good.value, bad.value]),
      2,
    ),
  ).toThrow(/cannot write row 1 of 2 in path_rules: Invalid argument \(EINVAL\)/);
  expect(sensor.mapDelete('path_rules', good.key, 1)).toBe(1);
});
