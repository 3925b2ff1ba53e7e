/** Whatever the addon is given, it answers with an error that has a code: no crash, nothing half done. */
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadAddon, type NativeSensor } from '../../src/kernel/addon.ts';
import { layout } from '../../src/kernel/generated/layout.ts';
import { allowEverything, cleanUp, key32, label, openSensor, options } from './addon-fixtures.ts';

const addon = loadAddon();

/** Any value, where the types would not let it through. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types are what is tested here
const wrong = (value: unknown) => value as any;

function detached(): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(8));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

describe('openSensor', () => {
  const cases: [string, unknown, RegExp][] = [
    ['nothing', undefined, /options must be an object/],
    ['null', null, /options must be an object/],
    ['a number', 7, /options must be an object/],
    ['no options', {}, /cgroupPath must be a string/],
    ['a path of another type', { ...options(), cgroupPath: 7 }, /cgroupPath must be a string/],
    ['a path with NUL', { ...options(), cgroupPath: '/sys\0' }, /cgroupPath must be a string without NUL/],
    ['an endless path', { ...options(), cgroupPath: '/'.repeat(1 << 20) }, /at most 4096 bytes/],
    ['no ring size', { ...options(), decisionsBytes: undefined }, /decisionsBytes must be a whole number/],
    ['a ring of 0', { ...options(), decisionsBytes: 0 }, /decisionsBytes must be a whole number from 4096/],
    ['a negative ring', { ...options(), observationsBytes: -4096 }, /observationsBytes must be a whole/],
    ['a ring that is no power of two', { ...options(), decisionsBytes: 12_288 }, /must be a power of two/],
    ['a ring of NaN', { ...options(), decisionsBytes: Number.NaN }, /decisionsBytes must be a whole/],
    ['a ring of Infinity', { ...options(), decisionsBytes: Infinity }, /decisionsBytes must be a whole/],
    ['a ring of a fraction', { ...options(), decisionsBytes: 4096.5 }, /decisionsBytes must be a whole/],
    ['a bigint', { ...options(), decisionsBytes: 4096n }, /decisionsBytes must be a whole/],
    ['a backlog without room', { ...options(), backlogBytes: 4096 }, /backlogBytes must be .* from 65536/],
    ['a backlog beyond all', { ...options(), backlogBytes: 2 ** 60 }, /backlogBytes must be a whole/],
  ];
  test.each(cases)('refuses %s', (_, given, message) => {
    expect(() => addon.openSensor(wrong(given))).toThrow(message);
    expect(() => addon.openSensor(wrong(given))).toThrow(
      expect.objectContaining({ code: 'KERNEL_ARGUMENT' }),
    );
  });

  test('says which directory is no cgroup2', () => {
    expect(() => addon.openSensor(options({ cgroupPath: '/tmp' }))).toThrow(
      expect.objectContaining({ code: 'KERNEL_CGROUP', message: '/tmp is no cgroup2 directory' }),
    );
  });

  test('says which directory is not there, with errno', () => {
    expect(() => addon.openSensor(options({ cgroupPath: '/nowhere/at/all' }))).toThrow(
      expect.objectContaining({
        code: 'KERNEL_CGROUP',
        message: 'cannot open cgroup directory /nowhere/at/all: No such file or directory (ENOENT)',
        errno: 2,
        errnoName: 'ENOENT',
      }),
    );
  });

  test('passes on what a getter throws', () => {
    const given = {
      get cgroupPath(): string {
        throw new RangeError('not today');
      },
    };
    expect(() => addon.openSensor(wrong(given))).toThrow(new RangeError('not today'));
  });
});

describe('a sensor', () => {
  let sensor: NativeSensor;
  beforeAll(() => {
    sensor = openSensor();
    allowEverything(sensor);
  });
  afterAll(cleanUp);

  const run = layout.run.size;
  const calls: [string, (s: NativeSensor) => unknown, string, RegExp][] = [
    ['attach()', (s) => s.attach(wrong(undefined)), 'KERNEL_ARGUMENT', /names must be an array of strings/],
    ['attach of a string', (s) => s.attach(wrong('on_exec')), 'KERNEL_ARGUMENT', /names must be an array/],
    ['attach of numbers', (s) => s.attach(wrong([1])), 'KERNEL_ARGUMENT', /names\[0\] must be a string/],
    ['attach of holes', (s) => s.attach(new Array(3)), 'KERNEL_ARGUMENT', /names\[0\] must be a string/],
    [
      'attach of too many',
      (s) => s.attach(new Array(1e6).fill('on_exec')),
      'KERNEL_ARGUMENT',
      /at most 1024/,
    ],
    [
      'attach of a length alone',
      (s) => s.attach(wrong({ length: 1 })),
      'KERNEL_ARGUMENT',
      /must be an array/,
    ],
    ['attach of no program', (s) => s.attach(['nothing']), 'KERNEL_PROGRAM', /there is no program 'nothing'/],
    ['attach of an empty name', (s) => s.attach(['']), 'KERNEL_PROGRAM', /there is no program ''/],
    ['detach of no program', (s) => s.detach(['nothing']), 'KERNEL_PROGRAM', /there is no program 'nothing'/],
    ['start()', (s) => s.start(wrong(undefined)), 'KERNEL_ARGUMENT', /onBatch must be a function/],
    ['start of an object', (s) => s.start(wrong({})), 'KERNEL_ARGUMENT', /onBatch must be a function/],
    ['mapWrite()', (s) => wrong(s).mapWrite(), 'KERNEL_ARGUMENT', /map must be a string/],
    [
      'mapWrite of another map',
      (s) => s.mapWrite(wrong('labels'), key32(1), key32(1), 1),
      'KERNEL_MAP',
      /there is no map 'labels' for user space to write/,
    ],
    [
      'mapWrite of the rings',
      (s) => s.mapWrite(wrong('decisions'), Buffer.alloc(0), Buffer.alloc(0), 0),
      'KERNEL_MAP',
      /no map 'decisions'/,
    ],
    [
      'mapWrite of strings',
      (s) => s.mapWrite('runs', wrong('abcd'), Buffer.alloc(run), 1),
      'KERNEL_ARGUMENT',
      /keys must be a Buffer/,
    ],
    [
      'mapWrite of short keys',
      (s) => s.mapWrite('runs', Buffer.alloc(3), Buffer.alloc(run), 1),
      'KERNEL_ARGUMENT',
      /keys of runs are 3 bytes, but 1 rows of 4 bytes were announced/,
    ],
    [
      'mapWrite of long values',
      (s) => s.mapWrite('runs', key32(1), Buffer.alloc(run + 1), 1),
      'KERNEL_ARGUMENT',
      /values of runs are 9 bytes, but 1 rows of 8 bytes/,
    ],
    [
      'mapWrite of a huge count',
      (s) => s.mapWrite('runs', key32(1), Buffer.alloc(run), 2 ** 32 - 1),
      'KERNEL_ARGUMENT',
      /4294967295 rows/,
    ],
    [
      'mapWrite of a count beyond 32 bits',
      (s) => s.mapWrite('runs', key32(1), Buffer.alloc(run), 2 ** 32),
      'KERNEL_ARGUMENT',
      /count must be a whole number/,
    ],
    [
      'mapWrite of a negative count',
      (s) => s.mapWrite('runs', key32(1), Buffer.alloc(run), -1),
      'KERNEL_ARGUMENT',
      /count must be a whole number from 0/,
    ],
    [
      'mapWrite of detached keys',
      (s) => s.mapWrite('runs', detached(), Buffer.alloc(run), 1),
      'KERNEL_ARGUMENT',
      /keys of runs are 0 bytes/,
    ],
    [
      'mapDelete of short keys',
      (s) => s.mapDelete('runs', Buffer.alloc(3), 1),
      'KERNEL_ARGUMENT',
      /keys of runs are 3 bytes/,
    ],
    [
      'labelProcess()',
      (s) => wrong(s).labelProcess(),
      'KERNEL_ARGUMENT',
      /pid must be a whole number from 1/,
    ],
    ['labelProcess of 0', (s) => s.labelProcess(0, label(1)), 'KERNEL_ARGUMENT', /pid must be/],
    ['labelProcess of -1', (s) => s.labelProcess(-1, label(1)), 'KERNEL_ARGUMENT', /pid must be/],
    ['labelProcess of 2^31', (s) => s.labelProcess(2 ** 31, label(1)), 'KERNEL_ARGUMENT', /pid must be/],
    [
      'labelProcess with a short label',
      (s) => s.labelProcess(process.pid, Buffer.alloc(7)),
      'KERNEL_ARGUMENT',
      /a label has 8 bytes, not 7/,
    ],
    [
      'labelProcess of nobody',
      (s) => s.labelProcess(2 ** 31 - 1, label(1)),
      'KERNEL_LABEL',
      /cannot open process 2147483647: No such process \(ESRCH\)/,
    ],
    ['readLabel of a string', (s) => s.readLabel(wrong('1')), 'KERNEL_ARGUMENT', /pid must be/],
  ];
  test.each(calls)('refuses %s', (_, call, code, message) => {
    expect(() => call(sensor)).toThrow(message);
    expect(() => call(sensor)).toThrow(expect.objectContaining({ code }));
  });

  test('needs no receiver', () => {
    const { programs } = sensor;
    expect(programs().length).toBeGreaterThan(5);
  });

  test('has no row after a write that was refused', () => {
    expect(() => sensor.mapWrite('runs', key32(9), Buffer.alloc(run - 1), 1)).toThrow();
    expect(sensor.mapDelete('runs', key32(9), 1)).toBe(0);
  });

  test('attaches all or none', () => {
    expect(() => sensor.attach(['on_exec', 'on_fork', 'nothing'])).toThrow(/no program 'nothing'/);
    expect(sensor.programs().filter((program) => program.attached)).toEqual([]);
  });

  test('flush before start rejects', async () => {
    await expect(sensor.flush()).rejects.toMatchObject({ code: 'KERNEL_NOT_STARTED' });
  });
});

describe('a closed sensor', () => {
  afterEach(cleanUp);

  test('refuses every call, and close again is nothing', async () => {
    const sensor = openSensor();
    sensor.start(() => {});
    sensor.close();
    sensor.close();
    const calls: (() => unknown)[] = [
      () => sensor.attach([]),
      () => sensor.detach([]),
      () => sensor.programs(),
      () => sensor.start(() => {}),
      () => sensor.mapWrite('runs', key32(1), Buffer.alloc(8), 1),
      () => sensor.mapDelete('runs', key32(1), 1),
      () => sensor.labelProcess(process.pid, label(1)),
      () => sensor.readLabel(process.pid),
      () => sensor.losses(),
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'KERNEL_CLOSED' }));
    await expect(sensor.flush()).rejects.toMatchObject({ code: 'KERNEL_CLOSED' });
  });

  test('may be closed by a getter among the arguments', () => {
    const sensor = openSensor();
    const names = ['on_exec'];
    Object.defineProperty(names, 0, {
      get: () => {
        sensor.close();
        return 'on_exec';
      },
    });
    expect(() => sensor.attach(names)).toThrow(expect.objectContaining({ code: 'KERNEL_CLOSED' }));
  });

  test('starts once', () => {
    const sensor = openSensor();
    sensor.start(() => {});
    expect(() => sensor.start(() => {})).toThrow(expect.objectContaining({ code: 'KERNEL_STARTED' }));
  });
});

/** Tries to load, and says what it was refused with. */
function loading(): string[] {
  const script = `
    import { loadAddon } from '${new URL('../../src/kernel/addon.ts', import.meta.url).pathname}';
    try { loadAddon().openSensor(${JSON.stringify(options())}); } catch (error) { console.log(JSON.stringify({ ...error, message: error.message })); }`;
  return [process.execPath, '--input-type=module', '-e', script];
}

test('a program that the kernel refuses, whichever thread asked for it, is named', () => {
  const rights = '-perfmon,-sys_admin';
  const words = [`--bounding-set=${rights}`, `--inh-caps=${rights}`, ...loading()];
  const { stdout, stderr } = spawnSync('setpriv', words, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'KERNEL_LOAD',
    errnoName: 'EPERM',
    message: expect.stringMatching(/^the kernel refused the BPF program [a-z_]+\b/),
  });
});

test('without rights the refusal says so', () => {
  const [node, ...words] = loading();
  const { stdout, stderr } = spawnSync(node!, words, { uid: 65534, gid: 65534, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ code: 'KERNEL_LOAD', errnoName: 'EPERM' });
});
