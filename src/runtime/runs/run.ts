/**
 * One run of an agent: what is asked for, and how it ended.
 */
import type { Adoption } from '../../kernel/tasks.ts';
import type { AdoptionTarget } from '../adoption/target.ts';
import type { ExitStatus, OnBehalf } from '../launch/launcher.ts';

export interface RunRequest {
  /** SPIFFE ID. */
  agent: string;
  command: readonly string[];
  /** Absolute; `${workspace}` in policies. */
  workspace: string;
  workingDirectory: string;
  environment: Readonly<Record<string, string>>;
  /** NAME or UID[:GID]; as the caller where absent. */
  user?: string | undefined;
  /** Whom it is for, where that is another process than this one. Its descriptors stay the caller's to close. */
  onBehalf?: OnBehalf | undefined;
  /** User who asked for it, whoever it runs as. */
  startedBy?: string | undefined;
  /** /tmp and /var/tmp are the run's own (walls/private-places.ts). */
  privateTmp?: boolean | undefined;
}

/** Events that the gateway's log did not take in time. */
export interface NotInLog {
  /** They end with this process. */
  unstored: number;
  /** They stand in this host's spool, and follow. */
  waiting: number;
}

export interface RunResult extends ExitStatus, NotInLog {
  run: string;
  /** Processes that were still there when the first one ended, and were killed. */
  stragglers: number;
}

/** A run under way. */
export interface RunHandle {
  readonly run: string;
  /** Of the agent's first process. */
  readonly pid: number;
  readonly ended: Promise<RunResult>;
  /**
   * Send a signal (by number) to the agent's first process. `shared`: this process got it, and a terminal that both
   * share may have sent it to both; then the agent does not get it twice.
   */
  signal(number: number, shared?: boolean): void;
  /** SIGKILL to every process of the run. */
  kill(): void;
}

export interface AdoptRequest {
  /** SPIFFE ID. */
  agent: string;
  target: AdoptionTarget;
  /** Absolute; `${workspace}` in policies. */
  workspace?: string | undefined;
  /** What is known of it besides: told once, at the run's start. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Whose doing it is; root's where absent. */
  by?: AdoptedBy | undefined;
}

/** A rule of the configuration, or a user's command. */
export type AdoptedBy = 'rule' | { uid: number };

/** What an adopted run was named by, and what that is in the kernel. */
export interface AdoptedAs {
  what: string;
  adoptions: Adoption[];
  target: AdoptionTarget;
  by: AdoptedBy;
}

/** Processes that Warder did not start, as a run. */
export interface AdoptedRun {
  readonly run: string;
  /**
   * When it is released; for a container, and for what was named by its process, also when its last process has ended.
   * How the processes ended is not known.
   */
  readonly ended: Promise<RunResult>;
  /** Sets its processes free, and those to come. */
  release(): Promise<RunResult>;
  /** How many there are. */
  processes(): number;
}

/** A run of an earlier runtime: one that it started has `pid`, one that it adopted `what` and `release`. */
export interface TakenOverRun {
  readonly agent: string;
  readonly run: string;
  readonly ended: Promise<RunResult>;
  readonly pid?: number;
  readonly what?: string;
  release?(): Promise<RunResult>;
}

export interface RunSummary {
  run: string;
  agent: string;
  /** First process of a run that Warder started. */
  pid?: number;
  /** What an adopted run was named by. */
  adopted?: string;
  /** Whose doing that was. */
  by?: AdoptedBy;
}
