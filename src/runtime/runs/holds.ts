/**
 * What is held in one run: questions out, answers into the kernel's grants and to the launcher.
 *
 * An exec waits for its answer behind walls: the launcher tells of each before it happens, and those that the policy
 * does not hold go on at once. Its grant is the waiting process's own, and ends with the exec or EXEC_GRANT_MS. The
 * program that is then executed is judged by the kernel like any other: with another one the process is killed.
 * Whatever else is held has been refused when it comes here; a yes lets the agent's next try through until the grant
 * ends.
 */

import type { RuleRef } from '../../contract/messages.ts';
import { CATEGORIES } from '../../contract/pattern.ts';
import type { KernelEvent, VerdictName } from '../../kernel/events.ts';
import type { Grant } from '../../kernel/grants.ts';
import { PROTOCOL_NAMES } from '../../kernel/names.ts';
import type { PathJudge } from '../enforcement/judge-path.ts';
import type { HeldAction, HoldDesk } from '../holds.ts';
import type { LaunchedAgent, WaitingExec } from '../launch/launcher.ts';
import type { Sealed } from '../redaction/redacted.ts';
import type { RunStrings } from './strings.ts';

/** From the answer to the exec: both happen on this host. */
const EXEC_GRANT_MS = 5_000;

/** Behind the words of a command line that was not shown whole: what is left out may be what matters. */
const CUT = '… (more than can be shown)';

export interface RunHoldsOptions {
  run: string;
  agent: string;
  startedBy: string | undefined;
  desk: HoldDesk;
  strings: RunStrings;
  judge: () => PathJudge | undefined;
  /** A rule by its number, of a policy by its number in the kernel; of the one in force where none is given. */
  rule: (rule: number, policy?: number) => Sealed<RuleRef> | undefined;
  /** Puts a grant into the kernel for `ms`, under the policy in force; returns what takes it back. */
  grant: (grant: Grant, ms: number) => () => void;
  onProblem: (error: unknown) => void;
}

type Asked = Pick<HeldAction, 'category' | 'target' | 'pid' | 'argv'> & { rule: Sealed<RuleRef> | undefined };

type Launcher = Pick<LaunchedAgent, 'answer' | 'lift' | 'drop' | 'grant' | 'revoke'>;

export class RunHolds {
  readonly #options: RunHoldsOptions;
  #launcher: Launcher | undefined;
  /** How many lifts of a program are under way. */
  readonly #lifted = new Map<string, number>();
  /** How many grants have the launcher open a file, by access and path. */
  readonly #opened = new Map<string, number>();
  /** What ends the grants of a process's execs, by its tgid. */
  readonly #execs = new Map<number, () => void>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: RunHoldsOptions) {
    this.#options = options;
  }

  /** An exec that waits for its answer. */
  async onExec(call: WaitingExec, launcher: Launcher): Promise<void> {
    const { desk, strings } = this.#options;
    const ruling = this.#options.judge()?.judge('exec', call.path).ruling;
    if (ruling?.verdict !== 'hold') {
      launcher.answer(call.id, true); // refused by the walls and the kernel, where it is to be
      return;
    }
    const answer = await desk.ask(`exec ${call.id}`, () => {
      strings.begin();
      const rule = this.#options.rule(ruling.rule);
      return this.#action({
        category: 'exec',
        target: strings.path(call.path),
        pid: call.tgid,
        argv: [...strings.argv(call.argv, call.cut), ...(call.cut ? [strings.text(CUT)] : [])],
        rule,
      });
    });
    if (answer === 'allow') this.#letExec(call, launcher);
    launcher.answer(call.id, answer === 'allow');
  }

  /** Every kernel event of the run. */
  onEvent(event: KernelEvent): void {
    if (event.kind === 'exec' || event.kind === 'exit') this.#execs.get(event.tgid)?.();
    if (event.ruling.verdict !== 'hold' || event.outcome === 'done' || event.kind === 'exec') return;
    const rule = this.#options.rule(event.ruling.rule, event.policy);
    const { held, beside } = this.#grantsFor(event);
    for (const grant of held) this.#askLater(grant, beside, event.tgid, rule).catch(this.#options.onProblem);
  }

  /**
   * What a yes would let through. Of a call with two names those that are held are asked for, and with a yes the
   * launcher, which makes a granted change past the walls, is told of the others that the policy allows by itself.
   */
  #grantsFor(event: KernelEvent): { held: Grant[]; beside: string[] } {
    const grant = grantFor(event);
    if (!grant) return { held: [], beside: [] };
    if (event.kind !== 'change' || event.target === '') return { held: [grant], beside: [] };
    const judge = this.#options.judge();
    const names = [event.path, event.target].filter((path) => path.startsWith('/'));
    const ruled = (wanted: VerdictName) =>
      names.filter((path) => judge?.judge(grant.category, path).ruling.verdict === wanted);
    return {
      held: ruled('hold').map((path) => ({ category: grant.category, path, tgid: 0 })),
      beside: ruled('allow'),
    };
  }

  /** The run is over. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const done of this.#execs.values()) done();
    this.#launcher = undefined;
  }

  launched(launcher: Launcher): void {
    this.#launcher = launcher;
  }

  async #askLater(
    grant: Grant,
    beside: readonly string[],
    pid: number,
    rule: Sealed<RuleRef> | undefined,
  ): Promise<void> {
    const { desk, strings } = this.#options;
    const target = 'path' in grant ? grant.path : `${grant.protocol} ${grant.address} ${grant.port}`;
    const { grantMs } = desk;
    let end = (): void => {};
    let isRevoked = false;
    const asked = () => {
      strings.begin();
      const shown = 'path' in grant ? strings.path(target) : strings.text(target);
      return { ...this.#action({ category: grant.category, target: shown, pid, argv: [], rule }), grantMs };
    };
    const answer = await desk.ask(`${grant.category} ${target}`, asked, () => {
      isRevoked = true;
      end();
    });
    if (answer === 'deny' || isRevoked) return;
    const takeBack = this.#options.grant(grant, grantMs);
    const opened =
      'path' in grant && (grant.category === 'read' || grant.category === 'write')
        ? [grant.path, ...beside]
        : [];
    const access = grant.category as 'read' | 'write';
    for (const path of opened) this.#open(access, path);
    end = this.#once(grantMs, () => {
      takeBack();
      for (const path of opened) this.#shut(access, path);
    });
  }

  /** For the launcher: until each who wanted it is done with it. */
  #open(access: 'read' | 'write', path: string): void {
    const key = `${access} ${path}`;
    const count = (this.#opened.get(key) ?? 0) + 1;
    this.#opened.set(key, count);
    if (count === 1) this.#launcher?.grant(access, path);
  }

  #shut(access: 'read' | 'write', path: string): void {
    const key = `${access} ${path}`;
    const left = this.#opened.get(key)! - 1;
    if (left > 0) {
      this.#opened.set(key, left);
      return;
    }
    this.#opened.delete(key);
    this.#launcher?.revoke(access, path);
  }

  #letExec({ path, tgid }: WaitingExec, launcher: Launcher): void {
    this.#execs.get(tgid)?.();
    const takeBack = this.#options.grant({ category: 'exec', path, tgid }, EXEC_GRANT_MS);
    const lifts = (this.#lifted.get(path) ?? 0) + 1;
    this.#lifted.set(path, lifts);
    if (lifts === 1) launcher.lift(path);
    const done = (): void => {
      this.#execs.delete(tgid);
      takeBack();
      const left = this.#lifted.get(path)! - 1;
      this.#lifted.set(path, left);
      if (left === 0) launcher.drop(path);
    };
    this.#execs.set(tgid, this.#once(EXEC_GRANT_MS, done));
  }

  #action({ rule, ...about }: Asked): HeldAction {
    const { run, agent, startedBy, strings } = this.#options;
    const by = startedBy === undefined ? {} : { startedBy: strings.name(startedBy) };
    return { run, agent, ...about, ...(rule ? { rule } : {}), ...by };
  }

  /** After so long, or when what is returned is called; not both. */
  #once(ms: number, what: () => void): () => void {
    const now = (): void => {
      if (!this.#timers.delete(timer)) return;
      clearTimeout(timer);
      what();
    };
    const timer = setTimeout(now, ms).unref();
    this.#timers.add(timer);
    return now;
  }
}

/** What a yes would let through; null for what has no grant: a path that is not whole. */
function grantFor(event: KernelEvent): Grant | null {
  const category = CATEGORIES[event.category];
  if (!category) return null;
  switch (event.kind) {
    case 'open':
    case 'load':
    case 'unix':
    case 'change':
      return event.path.startsWith('/') || event.path.startsWith('@')
        ? { category, path: event.path, tgid: 0 }
        : null;
    case 'connect':
    case 'send':
    case 'bind': {
      const { address, port } = event;
      if (event.family === 'other') return null;
      const protocol = PROTOCOL_NAMES[event.protocol];
      return protocol === 'tcp' || protocol === 'udp' ? { category, protocol, address, port } : null;
    }
    default:
      return null;
  }
}
