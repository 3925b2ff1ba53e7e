/**
 * Honest work under an ordinary policy comes out as it does without Warder: same output, same status, nothing
 * refused. Each piece of work is done as root and as an ordinary user, alone and governed; several at once, for
 * most of it is waiting.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp } from './governed.ts';
import { DEVELOPER, exitStatus, WORK } from './honest-set.ts';
import { work } from './honest-work.ts';

afterAll(cleanUp);

/** The least that lets a data tool work: three programs, one directory. */
const NARROW = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: reports, scope: team/honest}
spec:
  mode: enforce
  exec:
    - allow: [/bin/sh, /usr/bin/sqlite3, /usr/bin/sort, /usr/bin/wc, /usr/bin/cat]
  read:
    - allow: "\${workspace}/**"
  write:
    - allow: "\${workspace}/**"
`;

describe.concurrent.each(['root', 'nobody'] as const)('as %s', (user) => {
  test.each(Object.entries(WORK))('%s', async (name, script) => {
    const { plain, governed, stderr, refused } = await work(
      DEVELOPER,
      script,
      user === 'root' ? undefined : user,
    );
    expect({ ...governed, refused, stderr }).toEqual({ ...plain, refused: [], stderr });
    expect(plain.code, stderr).toBe(exitStatus(name));
  });
});

test('a narrow policy is enough for narrow work', async () => {
  const script = `sqlite3 r.db 'create table r(a,b); insert into r values (1,2),(3,4); select * from r;' | sort -n > out; cat out; wc -l < out`;
  const { plain, governed, stderr, refused } = await work(NARROW, script);
  expect({ ...governed, refused, stderr }).toEqual({ ...plain, refused: [], stderr });
});
