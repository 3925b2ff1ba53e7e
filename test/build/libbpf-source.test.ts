/** tools/fetch-libbpf.sh on a tarball that is already here: what its digest decides. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

let folder: string;
let tarball: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-libbpf-'));
  mkdirSync(join(folder, 'libbpf-9.9.9/src'), { recursive: true });
  writeFileSync(join(folder, 'libbpf-9.9.9/src/Makefile'), 'new');
  tarball = join(folder, 'libbpf.tar.gz');
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'libbpf-9.9.9']);
});
afterEach(() => removeTree(folder));

function fetch(sha256: string) {
  const env = { PATH: '/usr/bin:/bin', DEBIAN_MIRROR: 'http://127.0.0.1:9', LIBBPF_TARBALL: tarball };
  return spawnSync('tools/fetch-libbpf.sh', ['9.9.9', sha256, join(folder, 'out/libbpf')], {
    env,
    encoding: 'utf8',
  });
}

test('a tarball of the pinned digest is unpacked in place of an older tree', () => {
  mkdirSync(join(folder, 'out/libbpf/src'), { recursive: true });
  writeFileSync(join(folder, 'out/libbpf/src/old.c'), '');
  const { status, stderr } = fetch(createHash('sha256').update(readFileSync(tarball)).digest('hex'));
  expect([status, stderr]).toEqual([0, '']);
  expect(readFileSync(join(folder, 'out/libbpf/src/Makefile'), 'utf8')).toBe('new');
  expect(existsSync(join(folder, 'out/libbpf/src/old.c'))).toBe(false);
  expect(existsSync(join(folder, 'out/apt'))).toBe(false);
});

test('a tarball of another digest is refused with both digests and nothing is unpacked', () => {
  const { status, stderr } = fetch('0'.repeat(64));
  const found = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  expect(status).toBe(1);
  expect(stderr).toContain(
    `has the SHA-256 digest ${found} and not the pinned ${'0'.repeat(64)}; make LIBBPF_SRC=DIR`,
  );
  expect(existsSync(join(folder, 'out/libbpf'))).toBe(false);
});
