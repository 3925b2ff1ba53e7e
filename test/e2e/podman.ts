/**
 * Podman's service for a test, as root, from Debian's podman: its state, socket and image are the test's, and what it starts has no network.
 *
 * Out: an engine as of Docker's (engine.ts). `stop` takes everything away.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { removeTree } from '../remove-tree.ts';
import { client, ENV, type Engine, enginePlace, IMAGE, makeImage, removeCgroups } from './engine.ts';
import { eventually } from './services.ts';

export async function startPodman(): Promise<Engine> {
  const { directory, at } = enginePlace('podman');
  const socket = at('podman.sock');
  // No systemd to ask for a cgroup, no journal to tell.
  writeFileSync(
    at('containers.conf'),
    '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n',
  );
  writeFileSync(
    at('storage.conf'),
    `[storage]\ndriver = "vfs"\nrunroot = "${at('run')}"\ngraphroot = "${at('root')}"\n`,
  );
  const env = {
    ...ENV,
    CONTAINERS_CONF: at('containers.conf'),
    CONTAINERS_STORAGE_CONF: at('storage.conf'),
  };
  const global = ['--tmpdir', at('tmp')];
  const podman = client(['podman', ...global], env, () => '');
  podman('import', makeImage(at('image')), IMAGE);
  const service = spawn('podman', [...global, 'system', 'service', '--time=0', `unix://${socket}`], {
    env,
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    podman('rm', '--all', '--force', '--time=0');
    service.kill('SIGTERM');
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
    // Containers' own file systems may still be mounted below.
    spawnSync('sh', ['-c', `grep -o ' ${directory}[^ ]*' /proc/mounts | sort -r | xargs -r umount`]);
    removeTree(directory);
    removeCgroups('libpod_parent');
  };
  try {
    await eventually(() => {
      if (!existsSync(socket)) throw new Error(`podman's service makes no ${socket}`);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket, client: podman, stop };
}
