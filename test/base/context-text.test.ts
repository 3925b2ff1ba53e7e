/** Changes of what a process is, in the words of lines and pages. */
import { expect, test } from 'vitest';
import { contextText } from '../../src/base/context-text.ts';

test.each([
  [
    { operation: 'user', uid: 65534, effectiveUid: 65534, gid: 0, effectiveGid: 7 },
    'uid 65534 gid 0, effective 7',
  ],
  [{ operation: 'user' }, 'uid 0 gid 0'],
  [{ operation: 'capabilities', capabilities: 1n << 40n }, 'effective 0x10000000000'],
  [{ operation: 'namespaces', namespaces: ['net:[1]', 'uts:[2]'] }, 'net:[1] uts:[2]'],
  [{ operation: 'memfd', name: '' }, '(no name)'],
  [{ operation: 'trace', targetPid: 4711 }, 'process 4711'],
])('%o', (facts, text) => {
  expect(contextText({ capabilities: 0n, ...facts })).toBe(text);
});
