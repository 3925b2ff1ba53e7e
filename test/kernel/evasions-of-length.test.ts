/** Paths at the limits of what is resolved: refused when they are past them, never judged by a part. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, type JsonEvent, ORDINARY, place, policyOf, start } from '../e2e/governed.ts';

/** As bpf/event.h has them. */
const DEEPEST = 128;

afterAll(cleanUp);

/** Goes down by steps, for no one call takes such a path; then writes and reads a file there. */
const SCRIPT = `
import os, sys
name, depth = sys.argv[1], int(sys.argv[2])
for _ in range(depth):
    os.makedirs(name, exist_ok=True)
    os.chdir(name)
try:
    with open('kept', 'w') as file: file.write('x')
    print(open('kept').read() + ' written')
except OSError as error:
    print('refused', error.errno)
`;

async function written(name: string, depth: number): Promise<{ out: string; refused: JsonEvent[] }> {
  const at = place(policyOf(ORDINARY));
  mkdirSync(join(at.workspace, 'd'));
  const agent = ['python3', '-c', SCRIPT, name, String(depth)];
  const { stdout, events } = await finished(start(at, agent), at);
  // Deeper than what can be removed by name in one call.
  execFileSync('rm', ['-rf', join(at.workspace, name)]);
  const refused = events.filter(({ decision }) => decision?.reason === 'REASON_UNRESOLVED');
  return { out: stdout.trim(), refused };
}

test('a path of many components is judged as long as it is resolved whole', async () => {
  const { out, refused } = await written('d', DEEPEST - 20);
  expect(out).toBe('x written');
  expect(refused).toEqual([]);
});

test.each([
  ['too many components', 'd', DEEPEST + 20],
  ['too many bytes', 'n'.repeat(200), 40],
])(
  '%s: refused although its place is allowed, and the event says that it is not whole',
  async (_, name, depth) => {
    const { out, refused } = await written(name, depth);
    expect(out).not.toContain('written');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ cut: true, decision: { verdict: 'VERDICT_DENY' } });
  },
);
