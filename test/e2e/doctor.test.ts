/** `warder doctor` on the real kernel. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { WARDER } from './governed.ts';

const CATEGORIES = ['exec', 'read', 'write', 'load', 'connect', 'listen', 'privileged'];

function doctor(...options: string[]) {
  return spawnSync(WARDER, ['doctor', ...options], { encoding: 'utf8' });
}

test('every category has its strength and mechanism, for people and for programs alike', () => {
  const { stdout, status } = doctor();
  const { lsm, categories } = JSON.parse(doctor('--json').stdout);
  expect(categories.map(({ category }: { category: string }) => category)).toEqual(CATEGORIES);
  for (const { category, strength, by, gaps } of categories) {
    expect(stdout).toMatch(new RegExp(`^ +${category} +${strength} +${by.replaceAll('+', '\\+')}$`, 'm'));
    for (const gap of gaps) expect(stdout).toContain(gap);
  }
  expect(stdout).toContain(lsm ? 'BPF LSM programs work' : 'BPF LSM programs do not work');
  const whole = categories.every(
    ({ strength, gaps }: { strength: string; gaps: string[] }) =>
      strength === 'prevented' && gaps.length === 0,
  );
  expect(status).toBe(whole ? 0 : 1);
});
