/**
 * A place for attacks: directories that a policy allows and denies, a process outside, a program and a library to
 * be run. Everything has every permission bit, so that the policy alone decides, for root and for others.
 */
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requireHost } from '../../src/kernel/capability.ts';
import { removeTree } from '../remove-tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOSTILE = join(ROOT, 'test/kernel/hostile');
const PYTHON = '/usr/bin/python3';
/** An ordinary user of the host, without a name there. */
export const SOMEBODY = '31415:31415';

export const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: attacked, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: /usr/**
    - allow: "\${workspace}/tools/**"
    - deny: /usr/bin/nice
  read:
    - allow: [/usr/**, "\${workspace}/**"]
    - deny: ["\${workspace}/secret/**", "\${workspace}/deep/inner/secret", "\${workspace}/deep/inner/secret.d/**"]
  write:
    - allow: ["\${workspace}/**"]
    - deny: ["\${workspace}/secret/**", "\${workspace}/deep/inner/secret", "\${workspace}/deep/inner/secret.d/**"]
    - deny: "\${workspace}/frozen/**"
    - deny: "\${workspace}/tools/**"
    - deny: ["**/*.sealed", "\${workspace}/yet/**"]
`;

export type Words = Record<string, string>;

export class Arena {
  readonly directory: string;
  readonly policy = POLICY;
  readonly workspace: string;
  readonly outside: string;
  #outsider: ChildProcess | undefined;
  #facts: Words = {};
  #count = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'warder-walls-'));
    chmodSync(this.directory, 0o755);
    this.workspace = join(this.directory, 'workspace');
    this.outside = join(this.directory, 'outside');
  }

  async start(): Promise<void> {
    this.reset();
    this.#outsider = spawn(PYTHON, [join(HOSTILE, 'outsider.py'), this.directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: this.workspace,
      env: { OUTSIDER_TOKEN: 'SECRET' },
    });
    const [line] = await once(createInterface({ input: this.#outsider.stdout! }), 'line');
    this.#facts = JSON.parse(line);
  }

  /** Everything as it was before any attack. */
  reset(): void {
    removeTree(this.workspace);
    removeTree(this.outside);
    for (const name of ['secret/sub', 'frozen/sub', 'deep/inner/secret.d', 'home', 'tools']) {
      mkdirSync(join(this.workspace, name), { recursive: true });
    }
    mkdirSync(join(this.outside, 'sub'), { recursive: true });
    for (const name of ['secret/key', '.env', 'frozen/f', 'deep/inner/secret', 'mine']) {
      writeFileSync(join(this.workspace, name), 'SECRET\n');
    }
    writeFileSync(join(this.outside, 'file'), 'SECRET\n');
    cpSync(HOSTILE, join(this.workspace, 'hostile'), { recursive: true });
    const source = `#include <fcntl.h>\n#include <stdlib.h>\n
      __attribute__((constructor)) static void ran(void) { open(getenv("MARK"), O_CREAT | O_WRONLY, 0666); }\n`;
    writeFileSync(join(this.workspace, 'ran.c'), source);
    writeFileSync(join(this.workspace, 'main.c'), `${source}int main(void) { return 0; }\n`);
    writeFileSync(join(this.workspace, 'tools/polite'), '#!/usr/bin/nice /bin/sh\ntouch "$MARK"\n', {
      mode: 0o755,
    });
    const cc = (...options: string[]) => execFileSync('cc', options, { cwd: this.workspace });
    cc('-shared', '-fPIC', '-o', 'libran.so', 'ran.c');
    cc('-o', 'ran', 'main.c');
    execFileSync('chmod', ['-R', 'a+rwX', this.workspace, this.outside]);
    execFileSync('chown', ['-R', '31415:31415', this.workspace, this.outside]);
    chownSync(join(this.workspace, 'home'), 31415, 31415);
    chmodSync(join(this.workspace, 'frozen/f'), 0o777);
  }

  get environment(): Words {
    const disk = execFileSync('findmnt', ['-no', 'SOURCE', '/'], { encoding: 'utf8' }).trim();
    return {
      PATH: '/usr/bin:/bin',
      HOME: join(this.workspace, 'home'),
      OUTSIDE: this.outside,
      CGROUP2: requireHost().cgroup2,
      DISK: disk,
      LIBRARY: join(this.workspace, 'libran.so'),
      PROGRAM: join(this.workspace, 'ran'),
      MARK: join(this.workspace, 'mark'),
      ...this.#facts,
    };
  }

  /** What became of each attack of a file without any wall. */
  plain(file: string, names: readonly string[] = []): Words {
    return this.#withDescriptors((stdio) => {
      const out = execFileSync(PYTHON, [`hostile/${file}.py`, ...names], {
        cwd: this.workspace,
        env: { ...this.environment, PLAIN: '1' },
        encoding: 'utf8',
        stdio,
      });
      return lastLine(out);
    });
  }

  /** What attackers are started with: a file as input that they may not write; beside it what is not theirs at all. */
  #withDescriptors<T>(use: (stdio: StdioOptions) => T, stdin?: string): T {
    const names = [
      stdin ?? join(this.workspace, 'frozen/f'),
      this.outside,
      join(this.outside, 'file'),
      '/dev/zero',
    ];
    const [input, ...stray] = names.map((name) => openSync(name, 'r'));
    try {
      return use([input!, 'pipe', 'pipe', ...stray, 'pipe']); // the last is a socket
    } finally {
      for (const fd of [input!, ...stray]) closeSync(fd);
    }
  }

  /** The same in a run. Throws with all that was said when nothing came of it. */
  walled(file: string, options: { user?: string; policy?: string; names?: readonly string[] } = {}): Words {
    const { stdout } = this.run([PYTHON, `hostile/${file}.py`, ...(options.names ?? [])], options);
    return lastLine(stdout);
  }

  /** Any command under a policy, in the workspace. */
  run(
    command: readonly string[],
    options: {
      user?: string;
      policy?: string;
      allowFailure?: boolean;
      stdin?: string;
      flags?: readonly string[];
    } = {},
  ): { stdout: string; stderr: string; status: number } {
    const number = ++this.#count;
    const policy = join(this.directory, `policy-${number}.yaml`);
    writeFileSync(policy, options.policy ?? POLICY);
    const user = [...(options.user ? ['--user', options.user] : []), ...(options.flags ?? [])];
    const state = join(this.directory, `state-${number}`);
    const log = join(this.directory, `log-${number}`);
    const run = ['run', '--policy', policy, '--state', state, '--json', '--output', log, ...user, '--'];
    let result = { stdout: '', stderr: '', status: 0 };
    try {
      const stdout = this.#withDescriptors(
        (stdio) =>
          execFileSync(join(ROOT, 'bin/warder'), [...run, ...command], {
            cwd: this.workspace,
            env: this.environment,
            encoding: 'utf8',
            stdio,
          }),
        options.stdin,
      );
      result = { stdout, stderr: '', status: 0 };
    } catch (error) {
      const failed = error as { stdout: string; stderr: string; status: number };
      result = { stdout: failed.stdout, stderr: failed.stderr, status: failed.status };
      if (!options.allowFailure)
        throw new Error(`status ${failed.status}: ${failed.stderr}\n${failed.stdout}`);
    }
    this.lastEvents = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    return result;
  }

  /** Events of the last run. */
  lastEvents: Record<string, unknown>[] = [];

  async end(): Promise<void> {
    if (this.#outsider) {
      this.#outsider.stdin!.end();
      await once(this.#outsider, 'exit');
    }
    removeTree(this.directory);
  }
}

function lastLine(text: string): Words {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}
