/**
 * A container engine of the test's own, from Debian's docker.io: its state, socket and cgroups are the test's, and it
 * leaves the host's network alone. Nothing is pulled: the only image is made of programs of this host.
 *
 * Out: the socket, the image's name, `client` for what testcontainers does not do. `stop` takes everything away. What
 *      Podman's service has in common with it is here too (podman.ts).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeTree } from '../remove-tree.ts';
import { eventually } from './services.ts';

export const IMAGE = 'warder-test:1';
const PROGRAMS = ['dash', 'cat', 'id', 'readlink', 'sleep', 'true'];
export const ENV = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

export interface Engine {
  socket: string;
  /** What its command says; throws where it fails. */
  client(...words: string[]): string;
  stop(): Promise<void>;
}

export async function startEngine(): Promise<Engine> {
  const { directory, at } = enginePlace('engine');
  const socket = at('docker.sock');
  const words = [
    '--data-root',
    at('data'),
    '--exec-root',
    at('exec'),
    '--pidfile',
    at('pid'),
    '-H',
    `unix://${socket}`,
  ];
  const quiet = [
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--ip-forward=false',
  ];
  const daemon = spawn('dockerd', [...words, ...quiet], { env: ENV, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  daemon.stderr.setEncoding('utf8').on('data', (piece) => {
    log = (log + piece).slice(-8000);
  });
  daemon.once('error', (error) => {
    log = `${error.message}: install it with tools/os-packages.sh containers`;
  });
  const docker = client(['docker', '-H', `unix://${socket}`], ENV, () => log);
  const stop = async (): Promise<void> => {
    if (daemon.pid !== undefined && daemon.exitCode === null) {
      const containers = docker('ps', '-aq').split('\n').filter(Boolean);
      if (containers.length > 0) docker('rm', '-f', ...containers);
      daemon.kill('SIGTERM');
      await once(daemon, 'exit');
    }
    removeTree(directory);
    removeCgroups('docker');
  };
  try {
    await eventually(() => docker('version'));
    const tar = makeImage(at('image'));
    docker('import', tar, IMAGE);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return { socket, client: docker, stop };
}

/** A command and the words that all of its uses begin with; `log` is told with what failed. */
export function client(
  [program = '', ...global]: readonly string[],
  env: NodeJS.ProcessEnv,
  log: () => string,
): Engine['client'] {
  return (...words) => {
    const { status, stdout, stderr, error } = spawnSync(program, [...global, ...words], {
      env,
      encoding: 'utf8',
    });
    if (error) throw new Error(`${error.message}: install it with tools/os-packages.sh containers`);
    if (status !== 0) throw new Error(`${program} ${words[0]}: ${stderr}\n${log()}`);
    return stdout.trim();
  };
}

/** A directory of an engine's own, and places in it. */
export function enginePlace(name: string): { directory: string; at(name: string): string } {
  const directory = mkdtempSync(join(tmpdir(), `warder-${name}-`));
  return { directory, at: (inside) => join(directory, inside) };
}

/** Programs with their libraries, as ldd(1) tells of them. */
export function makeImage(root: string): string {
  for (const folder of ['usr/bin', 'etc', 'proc', 'sys', 'dev', 'tmp'])
    mkdirSync(join(root, folder), { recursive: true });
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('dash', join(root, 'usr/bin/sh'));
  for (const program of PROGRAMS) {
    const path = `/usr/bin/${program}`;
    copyFileSync(path, join(root, path));
    const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
    for (const [library] of stdout.matchAll(/\/\S+(?= \(0x)/g)) {
      mkdirSync(dirname(join(root, library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  writeFileSync(join(root, 'etc/secret'), 'not for agents\n');
  spawnSync('tar', ['cf', `${root}.tar`, '-C', root, '.']);
  return `${root}.tar`;
}

/** What an engine left of a parent, in every hierarchy; where it holds something it is another engine's. */
export function removeCgroups(name: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').matchAll(/^cgroup2? (\S+) /gm);
  for (const [, mount] of mounts) {
    try {
      rmdirSync(join(mount!, name));
    } catch {
      // not there, or in use
    }
  }
}
