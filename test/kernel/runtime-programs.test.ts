/** The kernel's side of a runtime that is begun and never taken: what was there before stays, and nothing else does. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pinnedInstances, removeInstance } from '../../src/kernel/pins.ts';
import { Programs } from '../../src/runtime/programs.ts';
import { removeTree } from '../remove-tree.ts';
import { idsOf, NOTHING } from './addon-fixtures.ts';

let instance: string;
let stateDirectory: string;
beforeEach(() => {
  instance = `test-${process.pid}-${Date.now().toString(36)}`;
  stateDirectory = mkdtempSync(join(tmpdir(), 'warder-programs-'));
});
afterEach(() => {
  removeInstance(instance);
  removeTree(stateDirectory);
});

test('of an instance that was new, nothing', () => {
  const programs = new Programs({ stateDirectory, instance });
  programs.leave();
  programs.leave();
  expect(pinnedInstances()).not.toContain(instance);
  expect(idsOf()).toEqual(NOTHING);
});

test('what an earlier runtime has left stays, for the next one', () => {
  const first = new Programs({ stateDirectory, instance });
  first.loaded().close();
  first.leave();
  first.kept!.pins.release();
  const second = new Programs({ stateDirectory, instance });
  expect(second.kept!.isNew).toBe(false);
  second.leave();
  expect(pinnedInstances()).toContain(instance);
  const third = new Programs({ stateDirectory, instance });
  expect(third.kept!.pins.inherited).toBe(true);
  third.leave();
});
