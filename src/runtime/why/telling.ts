/**
 * Tells the runs of one runtime what was refused in them: each at a directory of its own (directory.ts), and those
 * that Warder adopted, whose environment was made before, at one socket for all of them.
 *
 * In:  the runs' events, by run id; processes that ask.
 * Out: what they are told, of their own run alone: at the socket of all too says the label of who asks whose it is.
 * Throws: LOCAL_LISTEN, RUN_DIRECTORY.
 */
import type { SealedEvent } from '../event-builder.ts';
import { AskPlace } from './ask-place.ts';
import { WhyDirectory } from './directory.ts';
import { Feedback, type FeedbackOptions } from './feedback.ts';
import type { WhyPlace } from './rows.ts';

export interface TellingOptions {
  /** Socket of those that were adopted; they are told nothing where absent. */
  socket: string | undefined;
  /** The kernel programs of this host judge unix sockets. */
  socketsJudged: boolean;
  /** Id of the run that a process is of. */
  runOf(pid: number): string | undefined;
  onProblem(error: unknown): void;
}

export class Telling {
  readonly #options: TellingOptions;
  /** By run id. */
  readonly #feedback = new Map<string, Feedback>();
  #asked: AskPlace | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** Answers those that were adopted, from here on. */
  async listen(): Promise<void> {
    const { socket, runOf, onProblem } = this.#options;
    if (socket === undefined) return;
    this.#asked = await AskPlace.open({
      path: socket,
      deskOf: (pid) => this.#feedback.get(runOf(pid) ?? '')?.desk,
      onProblem,
    });
  }

  /** Of a run that Warder starts. */
  ownPlace({ path }: WhyDirectory): WhyPlace {
    return { directory: path, socketsJudged: this.#options.socketsJudged };
  }

  /** Of one that it adopts. */
  adoptedPlace(run: string): WhyPlace | undefined {
    const { socket, socketsJudged } = this.#options;
    return socket === undefined ? undefined : { directory: WhyDirectory.pathOf(run), socketsJudged, socket };
  }

  /** @param options those of a run that was adopted have no directory */
  async begin(options: Omit<FeedbackOptions, 'isOfRun'>): Promise<void> {
    const { run } = options;
    const isOfRun = (pid: number) => this.#options.runOf(pid) === run;
    this.#feedback.set(run, await Feedback.begin({ ...options, isOfRun }));
  }

  onEvent(event: SealedEvent): void {
    if (event.run) this.#feedback.get(event.run)?.onEvent(event);
  }

  end(run: string): void {
    this.#feedback.get(run)?.end();
    this.#feedback.delete(run);
  }

  /** Runs go on without this process, and are told no more until the next. */
  close(): void {
    this.#asked?.close();
    for (const feedback of this.#feedback.values()) feedback.leave();
    this.#feedback.clear();
  }
}
