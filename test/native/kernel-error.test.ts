/** Errors of the addon, with what to do about them. */
import { expect, test } from 'vitest';
import { WarderError } from '../../src/base/error.ts';
import { explained, explaining } from '../../src/kernel/kernel-error.ts';

const addonError = (code: string, errnoName?: string) =>
  Object.assign(new Error('the message'), { code, errnoName });

test('keep code and message, and name the addon’s error as cause', () => {
  const cause = addonError('KERNEL_ATTACH', 'EINVAL');
  const error = explained(cause) as WarderError;
  expect(error).toBeInstanceOf(WarderError);
  expect(error).toMatchObject({ code: 'KERNEL_ATTACH', message: 'the message', cause });
  expect(error.fix).toMatch(/6\.1 or newer/);
});

test.each([
  ['KERNEL_LOAD', 'EPERM', /root/],
  ['KERNEL_TRACEFS', 'EPERM', /CAP_SYS_ADMIN/],
  ['KERNEL_LOAD', 'ENOMEM', /memory/],
  ['KERNEL_ATTACH', 'EMFILE', /ulimit -n/],
  ['KERNEL_LOAD', undefined, /verifier/],
  ['KERNEL_LABEL', 'ESRCH', /start it again/],
  ['KERNEL_ARGUMENT', undefined, /report it/],
])('%s with %s', (code, errnoName, fix) => {
  expect((explained(addonError(code, errnoName)) as WarderError).fix).toMatch(fix);
});

test('leave other errors alone', () => {
  for (const error of [
    new TypeError('x'),
    'text',
    undefined,
    addonError('ENOENT'),
    new WarderError('KERNEL_X', 'm', 'f'),
  ]) {
    expect(explained(error)).toBe(error);
  }
  expect(() => explaining(() => JSON.parse('{'))).toThrow(SyntaxError);
});
