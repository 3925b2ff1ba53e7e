import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostHomes } from '../../src/runtime/enforcement/homes.ts';
import { removeTree } from '../remove-tree.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-homes-'));
  mkdirSync(join(directory, 'home/from-directory-service'), { recursive: true });
  writeFileSync(join(directory, 'home/a-file'), '');
  writeFileSync(
    join(directory, 'passwd'),
    [
      'root:x:0:0:root:/root:/bin/bash',
      'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
      'ann:x:1000:1000::/srv/ann:/bin/bash',
      'odd:x:1001:1001::/:/bin/bash',
      'none:x:1002:1002:::/bin/bash',
      'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
      'broken line',
      '',
    ].join('\n'),
  );
});
afterAll(() => removeTree(directory));

test('people and root have homes, services and nobody do not, / never is one', () => {
  const home = join(directory, 'home');
  expect(hostHomes(join(directory, 'passwd'), home)).toEqual(
    ['/root', '/srv/ann', `${home}/from-directory-service`].sort(),
  );
});

test('a host without either has none', () => {
  expect(hostHomes(join(directory, 'no'), join(directory, 'no'))).toEqual([]);
});
