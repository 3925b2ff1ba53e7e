/**
 * Many processes of a run open files at the same time, and each of them waits for an answer: giving one does not cost as many
 * wakeups as there are that wait.
 *
 * Counted in switches between processes, which the kernel counts for each; a switch for each of CROWD at every open is what
 * it comes to where who is woken goes before who answers the rest.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, described, running } from './launcher-fixtures.ts';

const CROWD = 200;
const OPENS = 20;

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'warder-crowd-'));
  writeFileSync(join(place, 'file'), '');
});
afterEach(async () => {
  await cleanUp();
  removeTree(place);
});

/** They open at the same moment; says how many switches all of them together came to. */
const program = `
import os, resource
gate, hold = os.pipe()
for _ in range(${CROWD}):
    if not os.fork():
        os.close(hold)
        os.read(gate, 1)
        for _ in range(${OPENS}):
            os.close(os.open("file", os.O_RDONLY))
        os._exit(0)
os.close(hold)
for _ in range(${CROWD}):
    assert os.wait()[1] == 0
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_nvcsw)
`;

test('a crowd that opens files at once is answered without a wakeup of everybody for each', async () => {
  const everything = ['place', 'wx', '/', 'place', 'wx', place, 'allow', 'rdxwmi', '/'];
  const walls = described(...everything, 'name', 'hide', '.env', 'guard', place);
  const agent = await running(['/usr/bin/python3', '-SEBc', program], { walls, flags: ['--chdir', place] });
  expect(await agent.ended).toEqual([0, null]);
  expect(Number(agent.output())).toBeGreaterThanOrEqual(CROWD * OPENS);
  expect(Number(agent.output())).toBeLessThan((CROWD * OPENS * CROWD) / 10);
});
