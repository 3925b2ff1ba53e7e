import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WarderError } from '../../src/base/error.ts';
import { failureLines, runFailureStatus } from '../../src/cli/failure.ts';

const noBtf = new WarderError('KERNEL_NO_BTF', 'no BTF', 'boot another kernel');

function systemError(): unknown {
  try {
    return statSync('/nowhere/file');
  } catch (error) {
    return error;
  }
}

describe('in words', () => {
  test('what failed and what to do, without a stack', () => {
    expect(failureLines(noBtf, false)).toEqual(['warder: no BTF', '  fix: boot another kernel']);
  });

  test('with WARDER_DEBUG the stack and its cause as well', () => {
    const error = new WarderError('X', 'x', 'y', { cause: new Error('deeper') });
    const lines = failureLines(error, true);
    expect(lines).toContain('  cause: deeper');
    expect(lines.filter((line) => line.includes('failure.test.ts')).length).toBeGreaterThanOrEqual(2);
  });

  test('several at once are all told', () => {
    const both = new AggregateError([noBtf, new WarderError('X', 'no cgroup2', 'mount it')]);
    expect(failureLines(both, false)).toEqual([
      'warder: no BTF',
      '  fix: boot another kernel',
      'warder: no cgroup2',
      '  fix: mount it',
    ]);
  });

  test('a list of faults is indented below its heading', () => {
    const error = new WarderError('POLICY_INVALID', '2 faults:\na:1:1: x\na:2:1: y', 'mend them');
    expect(failureLines(error, false)).toEqual([
      'warder: 2 faults:',
      '  a:1:1: x',
      '  a:2:1: y',
      '  fix: mend them',
    ]);
  });

  test('control characters are shown', () => {
    expect(failureLines(new WarderError('X', 'cannot run \x1b[2J', 'look'), false)[0]).toBe(
      'warder: cannot run \\x1b[2J',
    );
  });

  test("a fault of Warder's own says so, with its stack", () => {
    const lines = failureLines(new TypeError('x is not a function'), false);
    expect(lines[0]).toBe('warder: internal error: x is not a function');
    expect(lines[1]).toContain('please report it');
    expect(lines.join('\n')).toContain('failure.test.ts');
  });

  test('a refusal of the system is not one of those', () => {
    const lines = failureLines(systemError(), false);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^warder: ENOENT: /);
  });
});

describe('exit status of run', () => {
  test.each([
    [noBtf, 125],
    [new WarderError('RUN_PROGRAM_MISSING', 'cannot run x: No such file or directory', ''), 127],
    [new WarderError('RUN_PROGRAM', 'cannot run x: Permission denied', ''), 126],
    [new AggregateError([noBtf]), 125],
    [new TypeError('x'), 125],
  ])('%s is %i', (error, status) => {
    expect(runFailureStatus(error)).toBe(status);
  });
});
