/**
 * Files of policies as a command line names them: a directory stands for its policies, as the gateway reads one, or
 * for the tests in it.
 *
 * Throws: POLICY_DIRECTORY.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../base/error.ts';
import { policyFiles } from '../gateway/policy/directory.ts';

export const TEST_FILE = /\.test\.ya?ml$/;

export function policyPaths(given: readonly string[]): string[] {
  return given.flatMap((path) => {
    if (!isDirectory(path)) return [path];
    return some(policyFiles(path), `no policy in ${path}`, 'name a directory with policies: *.yaml');
  });
}

export function policyTestPaths(given: readonly string[]): string[] {
  return given.flatMap((path) => {
    if (!isDirectory(path)) return [path];
    const names = readdirSync(path).filter((name) => TEST_FILE.test(name));
    const files = names.sort().map((name) => join(path, name));
    return some(files, `no test in ${path}`, 'name a directory with *.test.yaml; docs/policy.md shows one');
  });
}

/** That nothing was looked at must not look as if nothing had been found. */
function some(files: string[], what: string, fix: string): string[] {
  if (files.length > 0) return files;
  throw new WarderError('POLICY_DIRECTORY', `there is ${what}`, fix);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
