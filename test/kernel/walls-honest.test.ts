/**
 * Honest work behind walls: each line is a shell command that succeeds in a run as root and as an ordinary user.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { Arena, SOMEBODY } from './walls-fixture.ts';
import { WORK } from './walls-work.ts';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: honest, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: [/usr/**, "\${workspace}/**"]
    - deny: [/usr/bin/sudo, /usr/bin/su]
  read:
    - allow: [/usr/**, /etc/**, /var/lib/dpkg/**, /sys/**, "\${workspace}/**", /dev/shm/**]
    - deny: "\${workspace}/secret/**"
  write:
    - allow: ["\${workspace}/**", /dev/shm/**]
    - deny: ["\${workspace}/secret/**", "**/*.sealed"]
  load:
    - allow: [/usr/**, "\${workspace}/**"]
  connect:
    - allow: [127.0.0.1, "[::1]", "unix:\${workspace}/**", "unix:@warder-honest"]
  listen:
    - allow: [127.0.0.1, "[::1]", "unix:\${workspace}/**", "unix:@warder-honest"]
`;

describe.each([
  ['root', undefined],
  ['an ordinary user', SOMEBODY],
])('honest work of %s', (_, user) => {
  const arena = new Arena();
  let words: Record<string, string>;

  beforeAll(async () => {
    await arena.start();
    const names = Object.keys(WORK);
    const lines = names.map((name, index) => {
      const script = join(arena.workspace, `${index}.sh`);
      const settings =
        'export HOME=$PWD TMPDIR=$PWD npm_config_cache=$PWD/.npm GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b\nexport GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b\n';
      writeFileSync(script, `set -e\n${settings}${WORK[name]}\n`);
      return `mkdir work-${index}; (cd work-${index} && bash ../${index}.sh > ../${index}.out 2>&1); echo ${index} $?`;
    });
    lines.forEach((line, index) => {
      writeFileSync(join(arena.workspace, `run-${index}.sh`), `${line}\n`);
    });
    const several = `seq 0 ${names.length - 1} | xargs -P 4 -I N sh run-N.sh`; // most of it is waiting
    const result = arena.run(['/bin/sh', '-c', several], {
      policy: POLICY,
      ...(user ? { user } : {}),
      allowFailure: true,
    });
    const status = result.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    words = Object.fromEntries(
      status.map(([index, code]) => [
        names[Number(index)],
        code === '0' ? '0' : `${code}: ${readFileSync(join(arena.workspace, `${index}.out`), 'utf8')}`,
      ]),
    );
  });
  afterAll(() => arena.end());

  test.each(Object.keys(WORK))('%s', (name) => {
    expect(words[name]).toBe('0');
  });
});

test('what a run leaves in the workspace is there after it', async () => {
  const arena = new Arena();
  await arena.start();
  try {
    mkdirSync(join(arena.workspace, 'made'), { mode: 0o777 });
    arena.run(['/bin/sh', '-c', 'echo x > made/file; mkdir made/more'], { policy: POLICY });
    const left = arena.run(['/bin/ls', 'made'], { policy: POLICY });
    expect(left.stdout).toBe('file\nmore\n');
  } finally {
    removeTree(arena.workspace);
    await arena.end();
  }
});
