/**
 * What the runtime itself tells of a run, besides what the kernel tells: its start and its end, calls that its launcher
 * refused, notices.
 *
 * Out: events of the run, through the pipeline. Everything of the agent's own passes the run's redactor.
 */
import type { BootClock } from '../../kernel/clock.ts';
import type { EventBuilder } from '../event-builder.ts';
import { commandStart } from '../launch/command-start.ts';
import type { ExitStatus, RefusedCall } from '../launch/launcher.ts';
import type { Pipeline } from '../pipeline.ts';
import { ownText } from '../redaction/redacted.ts';
import type { ActiveRun, AdoptedActiveRun } from './active.ts';
import type { RunRequest } from './run.ts';

/** Of what is adopted, told in its first event. */
const LABELS_MOST = 32;
const LABEL_LENGTH = 256;

export interface RunEventParts {
  builder: EventBuilder;
  pipeline: Pipeline;
  clock: BootClock;
}

export class RunEvents {
  readonly #builder: EventBuilder;
  readonly #pipeline: Pipeline;
  readonly #clock: BootClock;

  constructor({ builder, pipeline, clock }: RunEventParts) {
    this.#builder = builder;
    this.#pipeline = pipeline;
    this.#clock = clock;
  }

  /** @param unkept what of the policy this host keeps by less than prevention, or not at all */
  async started(run: ActiveRun, request: RunRequest, unkept: readonly string[]): Promise<void> {
    const { strings } = run;
    const { argv, cut } = commandStart(request.command);
    strings.begin();
    const runStarted = {
      argv: strings.argv(argv, cut),
      argvCut: cut,
      workspace: strings.path(request.workspace),
      user: strings.name(request.user ?? ''),
      policy: ownText(run.slot.policy!.address),
      unenforced: unkept.map((text) => strings.text(text)),
    };
    await this.#pipeline.emit([this.#builder.own(run, { runStarted }, this.#clock.unixNs())]);
  }

  /** The same of a run that Warder did not start. */
  async adopted(
    run: AdoptedActiveRun,
    workspace: string,
    labels: Readonly<Record<string, string>>,
    unkept: readonly string[],
  ): Promise<void> {
    const { strings } = run;
    strings.begin();
    const runStarted = {
      adopted: strings.text(run.adopted.what),
      labels: Object.entries(labels)
        .slice(0, LABELS_MOST)
        .map(([key, value]) => ({
          key: strings.text(key.slice(0, LABEL_LENGTH)),
          value: strings.text(value.slice(0, LABEL_LENGTH)),
        })),
      workspace: strings.path(workspace),
      policy: ownText(run.slot.policy!.address),
      unenforced: unkept.map((text) => strings.text(text)),
    };
    await this.#pipeline.emit([this.#builder.own(run, { runStarted }, this.#clock.unixNs())]);
  }

  async ended(run: ActiveRun, status: ExitStatus, stragglers: number): Promise<void> {
    run.strings.begin();
    const runEnded = { code: status.code ?? 0, signal: status.signal ?? 0, stragglers };
    await this.#pipeline.emit([this.#builder.own(run, { runEnded }, this.#clock.unixNs())]);
  }

  /** What the kernel told before must have been taken in: the process that was refused is known by then. */
  async refused(run: ActiveRun, call: RefusedCall): Promise<void> {
    await this.#pipeline.emit([this.#builder.refusedCall(run, call, this.#clock.unixNs())]);
  }

  /** Of the policy in force, for whoever reads the log. */
  async policyNotice(run: ActiveRun, text: string): Promise<void> {
    run.strings.begin();
    const notice = { kind: ownText('policy'), text: run.strings.text(text) };
    await this.#pipeline.emit([this.#builder.said(run, { notice }, this.#clock.unixNs())]);
  }
}
