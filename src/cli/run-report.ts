/**
 * What `warder run` tells while it runs and at its end: lines for people, or JSON lines.
 *
 * In:  the run's events, in order; some together.
 * Out: lines to a sink; nothing is written anywhere else.
 */
import type { FoldedEvents } from '../contract/folded.ts';
import type { Event } from '../contract/messages.ts';
import type { NotInLog } from '../runtime/runs/run.ts';
import { eventJson } from './event-json.ts';
import type { LineSink } from './line-sink.ts';
import { LiveLines } from './live.ts';
import { SummaryBuilder } from './summary.ts';
import { summaryLines } from './summary-text.ts';
import type { Style } from './terminal.ts';

export interface RunReportOptions {
  sink: LineSink;
  style: Style;
  json: boolean | undefined;
  /** No line per event. */
  quiet: boolean | undefined;
  verbose: boolean | undefined;
  /** --state as it was typed, for the hint at the end. */
  state: string | undefined;
}

export class RunReport {
  readonly #options: RunReportOptions;
  readonly #summary = new SummaryBuilder();
  readonly #live: LiveLines;

  constructor(options: RunReportOptions) {
    this.#options = options;
    const { sink, style, verbose = false } = options;
    this.#live = new LiveLines({ write: (line) => sink.write(line), style, verbose });
  }

  readonly onEvent = (event: Event): void => {
    this.#summary.add(event);
    const { json, quiet, sink } = this.#options;
    if (quiet) return;
    if (json) sink.write(eventJson(event));
    else this.#live.event(event);
  };

  /** Of what was asked for with --json or --verbose nothing is folded. */
  readonly onFolded = (folded: FoldedEvents): void => {
    this.#summary.addFolded(folded);
    if (!this.#options.quiet) this.#live.folded(folded);
  };

  end(notInLog?: NotInLog): void {
    const { json, sink, style, state } = this.#options;
    const summary = this.#summary.summary(notInLog);
    if (json) {
      sink.write(JSON.stringify({ summary }));
      return;
    }
    const option = state === undefined ? '' : ` --state ${state}`;
    const deeper = `warder tail${option} --run ${summary.run}`;
    for (const line of summaryLines(summary, style, deeper)) sink.write(line);
  }
}
