import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { warderVersion } from '../../src/cli/version.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

function warder(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

describe('a faulty command line ends with 2, a sentence and what to do', () => {
  test.each([
    [['rnu'], "warder: unknown command 'rnu' (did you mean run?)\n  fix: see: warder --help\n"],
    [['--nope'], "warder: unknown option '--nope'\n  fix: see: warder --help\n"],
    [
      ['tail', '--vredict', 'deny'],
      "unknown option '--vredict' (did you mean --verdict?)\n  fix: see: warder tail --help\n",
    ],
    [['tail', '--kind', 'exec,bogus'], "'bogus' is none of fork, exec, exit, open, network, "],
    [['tail', '--since', '-1'], "Give an index of the log, 'all' or 'now'."],
    [['tail', '--agent', ','], 'The list is empty.'],
    [
      ['query', '--agent', 'coder,a b'],
      "'a b' names no agent: write NAME, ORG/TEAM/NAME or a whole spiffe:// id.",
    ],
    [['runs', '--agent', 'payments/coder'], "'payments/coder' names no agent"],
    [['help', 'rnu'], "warder: unknown command 'rnu' (did you mean run?)\n  fix: see: warder --help\n"],
    [['rnu', '--help'], "warder: unknown command 'rnu' (did you mean run?)"],
    [['policy', 'explain', 'p.yaml', 'exec'], 'a file, a category and a target are needed, in this order'],
    [['policy', 'learn'], 'one of --run and --from is needed'],
    [
      ['policy', 'learn', '--run', 'last', '--scope', 'teem/dev'],
      'scope cannot be "teem/dev": write team/<name>.',
    ],
    [['policy', 'learn', '--run', 'last', '--scope', 'team/'], 'scope cannot be "team/": '],
    [['policy', 'learn', '--run', 'last', '--name', 'a b'], 'name cannot be "a b": write letters, digits, '],
    [['policy', 'promote', 'fleet:a', '--since', 'week'], 'Give a whole number.'],
    [['audit', 'retain'], 'neither --age nor --size is given: nothing says what may go'],
    [['audit', 'hold', '--agent', 'coder'], "--agent 'coder' is no SPIFFE ID: write spiffe://"],
    [['audit', 'hold', '--run', 'last'], "--run 'last' is no whole id of a run"],
    [['audit', 'hold', '--lift'], '--lift needs the --agent or --run that is held'],
    [['export', '--cursor', 'x'], '--cursor goes with --push'],
    [['export', '--out', 'x', '--push', 'http://127.0.0.1:4318'], '--out and --push given'],
    [['tail', 'x'], 'too many arguments'],
    [['run', '--state', '/tmp', '--', 'true'], 'no policy given: say which with --policy FILE'],
  ])('%j', (words, message) => {
    const { status, out, err } = warder(...words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
  });

  test('control characters in it are shown', () => {
    expect(warder('\x1b[31mx').err).toContain("unknown command '\\x1b[31mx'");
  });

  test('no command at all shows what there is, on stderr', () => {
    const { status, out, err } = warder();
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('Usage: warder COMMAND');
  });
});

describe('help', () => {
  test('lists every command with its line', () => {
    const { status, out } = warder('--help');
    expect(status).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^ {2}${name} .*${summary}$`, 'm'));
  });

  test.each(COMMANDS.map(({ name }) => name))('of %s is the same both ways', (name) => {
    const { status, out } = warder(name, '--help');
    expect(status).toBe(0);
    expect(out).toContain(`Usage: warder ${name}`);
    expect(warder('help', name).out).toBe(out);
  });
});

test.each([
  [['policy', 'check'], 'Usage: warder policy check [options] <file...>'],
  [['audit', 'hold'], 'Usage: warder audit hold [options]'],
])('help of %j is that of the command below its group', (path, usage) => {
  const { status, out } = warder('help', ...path);
  expect(status).toBe(0);
  expect(out).toContain(usage);
  expect(warder(...path, '--help').out).toBe(out);
});

test('the version is that of the package, both ways', () => {
  expect(warder('version').out).toBe(
    `warder ${warderVersion()} (node ${process.version}, ${process.arch})\n`,
  );
  expect(warder('--version').out).toBe(`warder ${warderVersion()}\n`);
});

test('tail without a state directory says where it looked', () => {
  const { status, err } = warder('tail', '--state', '/nowhere/state');
  expect(status).toBe(1);
  expect(err).toBe(
    'warder: there is no state directory /nowhere/state, so there are no events\n' +
      '  fix: run an agent first; what sudo has started is shown with sudo; that of a service with --state /var/lib/warder-gateway\n',
  );
});

test('each command is loaded by the name that it has', async () => {
  for (const { name, load } of COMMANDS) expect((await load()).name()).toBe(name);
});
