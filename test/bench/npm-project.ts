/**
 * A project of 20 packages that `npm ci` installs from a cache beside it, without a network: packages of our own making, which
 * the lockfile names as if a registry had them, by the digests under which the cache has their content.
 *
 * Throws: what npm says, where it cannot fill its cache.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../remove-tree.ts';

const PACKAGES = 20;
const FILES = 20;

/** Directories `npm-project` and `npm-cache` below `directory`. */
export function npmProject(directory: string): void {
  const at = (...names: string[]) => join(directory, ...names);
  const names = Array.from({ length: PACKAGES }, (_, index) => `part-${index}`);
  const archives = names.map((name) => packed(directory, name));
  const root = {
    name: 'project',
    version: '1.0.0',
    dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
  };
  const locked = names.map((name, index) => [
    `node_modules/${name}`,
    {
      version: '1.0.0',
      resolved: `https://registry.npmjs.org/${name}/-/${name}-1.0.0.tgz`,
      integrity: `sha512-${createHash('sha512').update(readFileSync(archives[index]!)).digest('base64')}`,
    },
  ]);
  mkdirSync(at('npm-project'));
  writeFileSync(at('npm-project/package.json'), JSON.stringify(root));
  const lock = {
    ...root,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(locked) },
  };
  writeFileSync(at('npm-project/package-lock.json'), JSON.stringify(lock));
  execFileSync('npm', ['cache', 'add', '--offline', '--cache', at('npm-cache'), ...archives], {
    stdio: 'pipe',
  });
}

/** Path of an archive with a package of FILES small files. */
function packed(directory: string, name: string): string {
  const folder = join(directory, 'package');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
  for (let file = 0; file < FILES; file++) {
    writeFileSync(join(folder, 'lib', `file-${file}.js`), `module.exports = '${name} ${file}';\n`.repeat(40));
  }
  const archive = join(directory, `${name}.tgz`);
  execFileSync('tar', ['-C', directory, '-czf', archive, 'package']);
  removeTree(folder);
  return archive;
}
