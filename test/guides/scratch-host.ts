/**
 * A host of a test's own, for commands as they stand in the docs: Warder freshly installed, with every path at its
 * default place, a user `dev` of the group `developers` who may use sudo, and nothing of it to be seen outside.
 *
 * It is a mount and a network namespace: /etc, /var/lib, /root, /home, /tmp, /run/warder and /usr/local are its own,
 * everything else is this machine's. The kernel is shared, and what the runtime pins there bears a name of the test's.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeTree } from '../remove-tree.ts';

const DEV = 4242;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const at = (name: string) => join(ROOT, 'test/guides', name);

export interface Said {
  status: number;
  /** Both streams, as a person sees them. */
  output: string;
}

export interface ScratchHost {
  /** Runs a command in the user's shell, which goes on: directory and variables stay. */
  run(command: string): Promise<Said>;
  /** A file of the host as it is from outside, for what the shell's user may not read. */
  serviceLog(service: 'gateway' | 'runtime'): string;
  stop(): Promise<void>;
}

/** What is installed once for all hosts of a test. */
export function installWarder(): string {
  const installed = mkdtempSync(join(tmpdir(), 'warder-guides-'));
  execFileSync(join(ROOT, 'tools/install.sh'), ['/usr/local', '/etc'], {
    cwd: ROOT,
    env: { ...process.env, DESTDIR: installed },
    stdio: 'pipe',
  });
  return installed;
}

export async function scratchHost(installed: string): Promise<ScratchHost> {
  const directory = mkdtempSync(join(tmpdir(), 'warder-host-'));
  const instance = `guide-${process.pid}-${directory.slice(-6).toLowerCase()}`;
  furnish(directory, installed);
  const words = ['--mount', '--net', '--', 'bash', at('scratch-host.sh'), directory, instance];
  const child = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const shell = new Shell(child);
  const scratch = join(directory, 'over/var/lib/upper/scratch');
  const log = (service: string) => join(scratch, `${service}.log`);
  const stop = async (): Promise<void> => {
    for (const service of ['runtime', 'gateway']) await endService(join(scratch, `${service}.pid`));
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    // A command that never came to its end goes with its shell.
    if (shell.busy) child.kill('SIGKILL');
    else child.stdin!.end();
    await ended;
    spawnSync(join(ROOT, 'bin/warder'), ['detach', '--instance', instance], { stdio: 'ignore' });
    removeTree(directory);
  };
  const { status, output } = await shell.run('sudo id -u && id -un');
  if (status !== 0 || output.trim() !== '0\ndev') {
    await stop();
    throw new Error(`no host could be made of namespaces: ${output}`);
  }
  return {
    run: (command) => shell.run(command),
    serviceLog: (service) => (existsSync(log(service)) ? readFileSync(log(service), 'utf8') : ''),
    stop,
  };
}

/** By the id that its start wrote down (systemctl); gone when this resolves. */
async function endService(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, 'utf8').trim();
  const isWarder = () => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('warder');
    } catch {
      return false;
    }
  };
  if (isWarder()) process.kill(Number(pid), 'SIGTERM');
  while (isWarder()) await sleep(20);
}

function furnish(directory: string, installed: string): void {
  const inside = (...names: string[]) => join(directory, ...names);
  for (const name of ['bin', 'tools', 'tmp', 'home/dev/.local/bin', 'home/dev/warder']) {
    mkdirSync(inside(name), { recursive: true });
  }
  chmodSync(inside('tmp'), 0o1777);
  execFileSync('cc', ['-O1', '-Wall', '-o', inside('tools/sudo'), at('sudo.c')]);
  for (const name of ['systemctl', 'journalctl']) cpSync(at(name), inside('tools', name));
  cpSync(join(ROOT, 'examples'), inside('home/dev/warder/examples'), { recursive: true });
  for (const name of ['claude', 'codex']) {
    writeFileSync(inside('home/dev/.local/bin', name), readFileSync(at('agent.sh')), { mode: 0o755 });
  }
  execFileSync('chown', ['-R', `${DEV}:${DEV}`, inside('home/dev')]);
  chownSync(inside('home'), 0, 0);
  // The same files for every host: links, not copies.
  execFileSync('cp', ['-al', installed, inside('installed')]);
}

const END = '~~ended~~';

/** One shell, a command at a time. */
class Shell {
  readonly #child: ChildProcess;
  #output = '';
  #waiting: ((said: Said) => void) | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        this.#output += piece;
        this.#look();
      });
    }
    child.once('exit', (code) => this.#ended(code ?? 255));
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  run(command: string): Promise<Said> {
    return new Promise((resolve) => {
      this.#output = '';
      this.#waiting = resolve;
      this.#child.stdin!.write(`{\n${command}\n} </dev/null 2>&1\nprintf '${END} %s\\n' $?\n`);
    });
  }

  #look(): void {
    const end = this.#output.indexOf(END);
    const status = /^~~ended~~ (\d+)\n/.exec(this.#output.slice(end))?.[1];
    if (end < 0 || status === undefined) return;
    this.#answer({ status: Number(status), output: this.#output.slice(0, end) });
  }

  #ended(status: number): void {
    this.#answer({ status, output: `${this.#output}\nthe shell ended` });
  }

  #answer(said: Said): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(said);
  }
}
