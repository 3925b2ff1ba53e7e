/**
 * Honest work under LSM: everything of test/e2e/honest-set in one run, as root and as an ordinary user, goes through and
 * nothing is refused. One by one, and compared with what it does without Warder, it is in test/e2e/honest; here a start
 * is what takes time.
 */
import { afterAll, expect, test } from 'vitest';
import { cleanUp } from '../e2e/governed.ts';
import { DEVELOPER, exitStatus, WORK } from '../e2e/honest-set.ts';
import { governedWork } from '../e2e/honest-work.ts';

afterAll(cleanUp);

const NAMES = Object.keys(WORK);
const ALL = Object.values(WORK)
  .map((script, index) => `mkdir ${index} && (cd ${index} && ${script}\n) > ${index}/out; echo "${index} $?"`)
  .join('\n');
const STATUSES = NAMES.map((name) => `${name}: ${exitStatus(name)}`);

/** ps(1) looks at every process of the host; it goes on without those that are not the run's. */
const OF_OTHERS = /^read \/proc\/\d+\//;

test.each(['root', 'nobody'] as const)('as %s', async (user) => {
  const { governed, stderr, refused } = await governedWork(
    DEVELOPER,
    ALL,
    user === 'root' ? undefined : user,
  );
  expect(
    refused.filter((line) => !OF_OTHERS.test(line)),
    stderr,
  ).toEqual([]);
  const statuses = governed.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  expect(
    statuses.map(([index, status]) => `${NAMES[Number(index)]}: ${status}`),
    stderr,
  ).toEqual(STATUSES);
});
