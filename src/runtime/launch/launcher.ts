/**
 * Starts an agent through the native launcher and follows it to its end.
 *
 * The child is made, put into the run's cgroup and held before its exec; `label` is called with its pid; only
 * then it goes on. So no instruction of the agent runs unlabelled. The launcher stays outside as the agent's
 * parent and ends the run's cgroup when this process dies (native/launcher/main.c has the protocol).
 *
 * Throws: RUN_LAUNCH with the step that failed; RUN_PROGRAM_MISSING or RUN_PROGRAM when the command is not there or
 *         cannot be executed.
 */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { endText } from '../../base/end-text.ts';
import { WarderError } from '../../base/error.ts';
import type { ChildEnd } from '../../kernel/addon.ts';
import { CONTROL_FD, FIRST_FILE_FD, type LauncherProcess, startLauncher } from './launcher-process.ts';

export interface LaunchRequest {
  launcher: string;
  cgroupPath: string;
  command: readonly string[];
  workingDirectory: string;
  environment: Readonly<Record<string, string>>;
  /** NAME or UID[:GID]; as the caller where absent. */
  user?: string | undefined;
  /** Whom it is started for, where that is another process than this one. */
  onBehalf?: OnBehalf | undefined;
  /** File that tells how the agent ended, to whoever takes the run over from a process that died. Absent: the run ends with it. */
  survive?: string | undefined;
  /** What the kernel is to refuse by itself (native/launcher/walls.h); none where absent. */
  walls?: Buffer | undefined;
  /** Told of each system call that the walls refused. */
  onRefused?: ((call: RefusedCall) => void) | undefined;
  /** Told of each program that waits to be executed; with `hold exec` in the walls. */
  onExec?: ((call: WaitingExec, agent: LaunchedAgent) => void) | undefined;
  /** Called with the held child's pid; the child goes on when it returns. */
  label: (pid: number) => void;
}

/**
 * A process that an agent is started for: the agent has its standard descriptors, file mode mask and resource
 * limits, and leads a session of its own, on the terminal among the descriptors if that has no session yet.
 */
export interface OnBehalf {
  /** Its resource limits, as limitsOf (limits-of.ts) has them. */
  limits: string;
  descriptors: readonly [number, number, number];
  umask: number;
}

/** How the agent's first process ended: one of the two. */
export interface ExitStatus {
  code?: number;
  signal?: number;
}

/** What the launcher put up. */
export interface WallsUp {
  landlockAbi: number;
  mounts: number;
  /** Files and directories masked by their name, and how many entries were looked at for them. */
  masked: number;
  scanned: number;
  /** The look was cut short at its bound. */
  cut: boolean;
}

/** A system call that the seccomp filter refused: it had no effect. */
export interface RefusedCall {
  tgid: number;
  tid: number;
  uid: number;
  /** Its name, as syscalls(2) has it, and its number on this architecture. */
  call: string;
  number: number;
}

/** A process that is about to execute a program, and waits for `answer`. */
export interface WaitingExec {
  id: string;
  tgid: number;
  /** What the name leads to, as it is now. */
  path: string;
  /** As the process has it in its memory now. */
  argv: string[];
  /** Not all of it could be read, or had room. */
  cut: boolean;
}

export interface LaunchedAgent {
  /** tgid of the agent's first process. */
  pid: number;
  /** When its command has been executed. */
  started: Promise<void>;
  ended: Promise<ExitStatus>;
  walls: WallsUp | null;
  /** Send a signal (by number) to it; see RunHandle. */
  signal(number: number, shared?: boolean): void;
  /** Lets an exec go on, or fail with EACCES. */
  answer(id: string, go: boolean): void;
  /** The file may be run although its place is noexec, for whoever the kernel programs let; and not any more. */
  lift(path: string): void;
  drop(path: string): void;
  /** The launcher opens the file for the command, where its walls would refuse; and not any more. */
  grant(access: 'read' | 'write', path: string): void;
  revoke(access: 'read' | 'write', path: string): void;
  /** With `survive`: lets go of it, and it goes on. `ended` stays open for ever then. */
  release(): void;
}

/** Descriptor of the agent's environment in the launcher, and that of the walls' description. */
const ENVIRONMENT_FD = FIRST_FILE_FD;
const WALLS_FD = FIRST_FILE_FD + 1;

export function launch(request: LaunchRequest): Promise<LaunchedAgent> {
  let child: LauncherProcess;
  try {
    child = spawnLauncher(request);
  } catch (error) {
    return Promise.reject(noLauncher(request.launcher, error as Error));
  }
  const { control } = child;
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<ExitStatus>();
  const launched = Promise.withResolvers<LaunchedAgent>();
  // Each is awaited by whoever needs it; a failure reported through one must not be unhandled in the others.
  started.promise.catch(() => {});
  ended.promise.catch(() => {});

  let walls: WallsUp | null = null;
  let agent: LaunchedAgent | undefined;
  let released = false;
  const fail = (error: WarderError) => {
    if (released) return;
    launched.reject(error);
    started.reject(error);
    ended.reject(error);
  };
  const onPid = (pid: number) => {
    try {
      request.label(pid);
    } catch (error) {
      control.destroy(); // the launcher ends the child on EOF
      fail(error as WarderError);
      return;
    }
    control.write('go\n');
    agent = {
      pid,
      started: started.promise,
      ended: ended.promise,
      walls,
      signal: (number, shared) => control.write(`${shared ? 'passed' : 'signal'} ${number}\n`),
      answer: (id, go) => control.write(`answer ${id} ${go ? 'go' : 'no'}\n`),
      release: () => {
        released = true;
        control.destroy();
      },
      ...pathLines(control),
    };
    launched.resolve(agent);
  };

  const lines = createInterface({ input: control });
  lines.on('error', () => {}); // it passes on what the control channel says, see below
  lines.on('line', (line) => {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'walls') walls = wallsUp(rest);
    else if (word === 'refused') request.onRefused?.(refusedCall(rest));
    else if (word === 'exec' && agent) request.onExec?.(waitingExec(rest), agent);
    else if (word === 'pid') onPid(Number(rest[0]));
    else if (word === 'started') started.resolve();
    else if (word === 'exited') ended.resolve({ code: Number(rest[0]) });
    else if (word === 'signaled') ended.resolve({ signal: Number(rest[0]) });
    else if (word === 'error') fail(launchError(rest));
  });
  control.on('error', () => {}); // the launcher is gone: its exit says why
  child.ended.then((end) => fail(endedEarly(end)));
  return launched.promise;
}

function spawnLauncher(request: LaunchRequest): LauncherProcess {
  const { onBehalf, walls } = request;
  const options = ['--cgroup', request.cgroupPath, '--control-fd', String(CONTROL_FD)];
  options.push('--environment-fd', String(ENVIRONMENT_FD));
  if (request.user !== undefined) options.push('--user', request.user);
  options.push('--chdir', request.workingDirectory);
  if (onBehalf) {
    options.push('--session', 'own', '--umask', onBehalf.umask.toString(8), '--limits', onBehalf.limits);
  }
  if (request.survive !== undefined) options.push('--survive', request.survive);
  if (walls) options.push('--walls-fd', String(WALLS_FD));
  return startLauncher(
    request.launcher,
    [...options, '--', ...request.command],
    onBehalf?.descriptors ?? [0, 1, 2],
    [environmentBytes(request.environment), ...(walls ? [walls] : [])],
  );
}

function environmentBytes(environment: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    Object.entries(environment)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
}

/** `refused TGID TID UID CALL NUMBER` */
function refusedCall([tgid, tid, uid, call = '', number]: string[]): RefusedCall {
  return { tgid: Number(tgid), tid: Number(tid), uid: Number(uid), call, number: Number(number) };
}

/** Lines about a path. A path that no line can hold is left to the walls. */
function pathLines(control: Socket): Pick<LaunchedAgent, 'lift' | 'drop' | 'grant' | 'revoke'> {
  const say = (words: string, path: string): void => {
    if (!path.includes('\n')) control.write(`${words} ${path}\n`);
  };
  return {
    lift: (path) => say('lift', path),
    drop: (path) => say('drop', path),
    grant: (access, path) => say(`grant ${access[0]}`, path),
    revoke: (access, path) => say(`revoke ${access[0]}`, path),
  };
}

/** `exec ID TGID whole|cut PATH WORD...` */
function waitingExec([id = '', tgid, reach, ...words]: string[]): WaitingExec {
  const [path = '', ...argv] = words.map(plainText);
  return { id, tgid: Number(tgid), path, argv, cut: reach !== 'whole' };
}

/** %XX are bytes; what is no UTF-8 comes as its replacement character. */
function plainText(word: string): string {
  const bytes = word.replace(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return word.includes('%') ? Buffer.from(bytes, 'latin1').toString() : word;
}

/** `walls ABI MOUNTS MASKED SCANNED whole|cut` */
function wallsUp([abi, mounts, masked, scanned, reach]: string[]): WallsUp {
  return {
    landlockAbi: Number(abi),
    mounts: Number(mounts),
    masked: Number(masked),
    scanned: Number(scanned),
    cut: reach === 'cut',
  };
}

/** `error exec ENOENT cannot run 'x': No such file or directory` */
function launchError([step = '', errno = '', ...words]: string[]): WarderError {
  const text = words.join(' ');
  if (step !== 'exec') {
    return new WarderError(
      'RUN_LAUNCH',
      `the agent was not started, step '${step}' failed: ${text}`,
      'nothing of the agent has run; mend what the message names and start again',
    );
  }
  return errno === 'ENOENT'
    ? new WarderError(
        'RUN_PROGRAM_MISSING',
        text,
        'check the name, and that its directory is in PATH or the path is right',
      )
    : new WarderError(
        'RUN_PROGRAM',
        text,
        'check that this user may execute the file, and that the policy allows it: warder policy explain POLICY exec FILE',
      );
}

function noLauncher(path: string, error: Error): WarderError {
  return new WarderError(
    'RUN_LAUNCH',
    `cannot start the launcher ${path}: ${error.message}`,
    'build Warder first: make build',
    { cause: error },
  );
}

/** Its last word came before; without one it was killed. */
function endedEarly(end: ChildEnd): WarderError {
  return new WarderError(
    'RUN_LAUNCH',
    `the launcher ended (${endText(end)}) without saying how the agent ended`,
    'it was killed from outside; what was left of the run has been ended with it',
  );
}
