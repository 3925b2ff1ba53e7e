/**
 * `warder run` has the kernel verify its programs, a third of a second on a thread of its own, while it loads the rest: so what begins
 * that may not wait for the rest.
 */
import { expect, test } from 'vitest';
import { importsOf, read } from './imports.ts';

/** Everything that is loaded before a line of `file` runs. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || file.includes('/generated/')) return found.add(file);
  found.add(file);
  const source = read(file)
    .replace(/^import type [^;]+;/gm, '')
    .replace(/\bimport\s*\([^)]*\)/g, '');
  for (const { to } of importsOf(file, source)) loadedWith(to, found);
  return found;
}

const FIRST = 'src/cli/start-embedded.ts';

test('programs are begun before gateway, redactor and wire code are loaded', () => {
  const loaded = [...loadedWith(FIRST)];
  expect(loaded).toContain('src/kernel/sensor.ts');
  expect(
    loaded.filter((file) => /^src\/gateway\/|\/redaction\/|\/generated\/warder|\/uplink\//.test(file)),
  ).toEqual([]);
});

test('and the command comes to the rest through them only', () => {
  const asked = importsOf('src/cli/commands.ts', read('src/cli/commands.ts')).map(({ to }) => to);
  expect(asked).toContain(FIRST);
  expect(asked).not.toContain('src/cli/embedded.ts');
});
