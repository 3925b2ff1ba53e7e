/**
 * What `warder run` shows, in the runtime: for the client in native/client/, which writes it as it is.
 *
 * In:     what the client asked to be told; sealed events of its run.
 * Out:    the lines, failures, summary and exit status that `warder run` itself would have.
 * Bounds: those of a summary (summary.ts).
 */
import { Folding } from '../contract/folded.ts';
import type { SealedEvent } from '../runtime/event-builder.ts';
import type { Farewell, Said, ToldAsked } from '../runtime/local/frames.ts';
import type { Words } from '../runtime/local/told.ts';
import type { NotInLog, RunResult } from '../runtime/runs/run.ts';
import { failureLines, runFailureStatus } from './failure.ts';
import { asError } from './local-client.ts';
import { RunReport } from './run-report.ts';
import { lost, notTold } from './service-loss.ts';
import { COLOUR, PLAIN } from './terminal.ts';

/** Of the directories of what is counted together, before it is added to the report. */
const FOLDED_BYTES = 64 << 10;

export function wordsFor(asked: ToldAsked, write: (line: string) => void): Words {
  return new ToldWords(asked, write);
}

class ToldWords implements Words {
  readonly #report: RunReport;
  readonly #folding = new Folding();
  #write: (line: string) => void;

  constructor({ lines, colour }: ToldAsked, write: (line: string) => void) {
    this.#write = write;
    this.#report = new RunReport({
      sink: { write: (line) => this.#write(line) },
      style: colour ? COLOUR : PLAIN,
      json: false,
      quiet: !lines,
      verbose: false,
      state: undefined,
    });
  }

  event(event: SealedEvent): void {
    if (this.#folding.add(event)) {
      if (this.#folding.bytes > FOLDED_BYTES) this.#unfold();
      return;
    }
    this.#unfold();
    this.#report.onEvent(event);
  }

  ended({ run, code, signal, unstored, waiting }: RunResult, untold: number): Farewell {
    const cut = untold > 0 ? failureLines(notTold(untold, run), false) : [];
    const text = textOf([...cut, ...this.#summary({ unstored, waiting })]);
    return signal === undefined ? { code: code ?? 0, text } : { signal, text };
  }

  failed(said: Said, started: boolean): Farewell {
    return this.#failure(asError(said), started);
  }

  lost(started: boolean): Farewell {
    return this.#failure(lost(), started);
  }

  /** Behind the summary of what is known, where the agent was there. */
  #failure(error: Error, started: boolean): Farewell {
    const summary = started ? this.#summary() : [];
    return {
      code: runFailureStatus(error),
      text: textOf([...summary, ...failureLines(error, false)]),
    };
  }

  #summary(notInLog?: NotInLog): string[] {
    const lines: string[] = [];
    const write = this.#write;
    this.#write = (line) => lines.push(line);
    this.#unfold();
    this.#report.end(notInLog);
    this.#write = write;
    return lines;
  }

  #unfold(): void {
    const folded = this.#folding.take();
    if (folded) this.#report.onFolded(folded);
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
