/**
 * What one run is told of itself: keeps its last refusals, writes why.json, and answers at why.sock. Of a run without a
 * directory (it was adopted) it keeps them, and `desk` answers wherever that is asked.
 *
 * In:  the run's events as they go to the log; the policy in force.
 * The file is written at once when something is refused, and then at most every WRITE_MS: who is refused in a loop
 * costs no more than that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toBigInt } from '../../contract/int64.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import type { VerifiedPolicy } from '../../contract/signing.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import type { PathJudge } from '../enforcement/judge-path.ts';
import type { SealedEvent } from '../event-builder.ts';
import type { Redactor } from '../redaction/redacted.ts';
import { allowedOf, nearest } from './allowed.ts';
import type { WhyDirectory } from './directory.ts';
import { type ActionJudge, mayDo } from './may.ts';
import { refusedAction } from './refusal.ts';
import { Refusals } from './refusals.ts';
import { mayAsk, type WhyPlace } from './rows.ts';
import { type WhyDesk, WhyServer } from './server.ts';
import type { Allowed, WhyDocument } from './words.ts';

const WRITE_MS = 100;
const FLUSH_MS = 500;

/** A policy as it is in force, in the forms that are asked. */
export interface PolicyInForce {
  policy: VerifiedPolicy | undefined;
  compiled: CompiledPolicy | undefined;
  judge: PathJudge | undefined;
}

export interface FeedbackOptions {
  run: string;
  agent: string;
  place: WhyPlace;
  directory: WhyDirectory | undefined;
  variables: Variables;
  inForce: PolicyInForce;
  redactor: Redactor;
  /** For what is no path; absent: such questions are answered by trying. */
  judge: ActionJudge | undefined;
  isOfRun(pid: number): boolean;
  /** Resolves when all that the kernel has told has been through `onEvent`. */
  flush(): Promise<void>;
  onProblem(error: unknown): void;
}

export class Feedback {
  readonly #options: FeedbackOptions;
  readonly #refusals = new Refusals();
  readonly #since = new Date().toISOString();
  #server: WhyServer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wrote = 0;
  #failed = false;
  #open: { of: CompiledPolicy; open: boolean } | undefined;
  #allowed: { of: CompiledPolicy; allowed: Allowed } | undefined;

  private constructor(options: FeedbackOptions) {
    this.#options = options;
  }

  /** The policy is in force, and nothing of the run has happened yet. */
  static async begin(options: FeedbackOptions): Promise<Feedback> {
    const feedback = new Feedback(options);
    const { directory, place, inForce, isOfRun } = options;
    if (directory && inForce.compiled && mayAsk(inForce.compiled, place)) {
      feedback.#server = await WhyServer.listen({
        path: directory.socket,
        deskOf: (pid) => (isOfRun(pid) ? feedback.desk : undefined),
      });
    }
    feedback.#write();
    return feedback;
  }

  get desk(): WhyDesk {
    const { run, flush } = this.#options;
    return {
      run,
      isOpen: () => this.#isOpen(),
      why: async () => {
        // A gateway that takes nothing holds up events; what is known by then has to do.
        await Promise.race([flush(), sleep(FLUSH_MS, undefined, { ref: false })]);
        return this.#document();
      },
      may: (category, target) => this.#may(category, target),
    };
  }

  onEvent(event: SealedEvent): void {
    const refused = refusedAction(event);
    if (!refused) return;
    const by = { process: event.process?.execId ?? '', timeNs: toBigInt(event.timeUnixNs) };
    this.#refusals.add(refused, new Date().toISOString(), by);
    const left = this.#wrote + WRITE_MS - performance.now();
    if (this.#timer || !this.#options.directory) return;
    if (left <= 0) this.#write();
    else this.#timer = setTimeout(() => this.#write(), left).unref();
  }

  /** The run goes on without this process, and is told no more until the next. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#server?.close();
  }

  end(): void {
    this.leave();
    this.#options.directory?.remove();
  }

  #isOpen(): boolean {
    const { place, inForce } = this.#options;
    const { compiled } = inForce;
    if (compiled && this.#open?.of !== compiled) {
      this.#open = { of: compiled, open: mayAsk(compiled, place) };
    }
    return compiled !== undefined && this.#open!.open;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wrote = performance.now();
    try {
      this.#options.directory?.write(`${JSON.stringify(this.#document())}\n`);
    } catch (error) {
      // A full /run: told once. The agent is governed all the same.
      if (!this.#failed) this.#options.onProblem(error);
      this.#failed = true;
    }
  }

  #document(): WhyDocument {
    const { run, agent, directory } = this.#options;
    const may = this.#places();
    const refusals = this.#refusals.list().map((entry) => ({
      ...entry,
      instead: entry.verdict === 'hold' ? [] : nearest(may[entry.category as keyof Allowed], entry.target),
    }));
    const { forgotten } = this.#refusals;
    return {
      version: 1,
      run,
      agent,
      since: this.#since,
      refusals,
      forgotten,
      may,
      socket: this.#server !== undefined || directory === undefined,
    };
  }

  #places(): Allowed {
    const { inForce, redactor } = this.#options;
    const { compiled, judge } = inForce;
    if (!compiled || !judge) return {};
    if (this.#allowed?.of !== compiled) {
      this.#allowed = { of: compiled, allowed: allowedOf(compiled, judge, redactor) };
    }
    return this.#allowed.allowed;
  }

  #may(category: string, target: string) {
    const { inForce, redactor, variables, judge: ask } = this.#options;
    const { policy, compiled, judge } = inForce;
    const answer = mayDo(category, target, { policy, compiled, judge, redactor, variables, ask });
    return {
      ...answer,
      instead: answer.verdict === 'allow' ? [] : nearest(this.#places()[category as keyof Allowed], target),
    };
  }
}
