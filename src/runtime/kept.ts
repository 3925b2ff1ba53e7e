/**
 * What of a runtime outlives its process, so that agents stay governed and the next runtime can take them over:
 * pins in the kernel, records in the state directory, the beat that says that somebody is there.
 *
 * Throws: what Pins and RunRecords throw.
 */
import { WarderError } from '../base/error.ts';
import { instanceOf, Pins } from '../kernel/pins.ts';
import type { Sensor } from '../kernel/sensor.ts';
import { type KnownState, RunRecords } from './runs/records.ts';

export interface KeptOptions {
  /** Warder's own, by its real path; records of runs are kept in it. */
  stateDirectory: string;
  /** Name of the instance's pins; by default it comes from the state directory. */
  instance?: string | undefined;
  /** How long a runtime may be gone before agents may start and reach nothing new; 0: for ever. 30 s by default. */
  silenceMs?: number | undefined;
}

const SILENCE_MS = 30_000;
const BEAT_MS = 1_000;

export class Kept {
  readonly pins: Pins;
  readonly records: RunRecords;
  readonly silenceMs: number;
  /** Nothing of the instance was there before. */
  readonly isNew: boolean;
  #beat: NodeJS.Timeout | undefined;
  #written: number | undefined;

  constructor(options: KeptOptions, rings: { decisionsBytes: number; observationsBytes: number }) {
    const silenceMs = options.silenceMs ?? SILENCE_MS;
    if (!Number.isSafeInteger(silenceMs) || silenceMs < 0 || (silenceMs > 0 && silenceMs < 2 * BEAT_MS)) {
      throw new WarderError(
        'RUNTIME_SILENCE',
        `a runtime that beats every ${BEAT_MS} ms cannot be held to be silent after ${silenceMs} ms`,
        `give 0, for ever, or at least ${2 * BEAT_MS} ms`,
      );
    }
    this.silenceMs = silenceMs;
    this.pins = Pins.open(options.instance ?? instanceOf(options.stateDirectory), rings);
    try {
      this.isNew = this.pins.isNew;
      this.records = new RunRecords(options.stateDirectory, this.pins.sealKey());
      if (this.isNew) this.records.clear();
    } catch (error) {
      this.pins.release();
      throw error;
    }
  }

  /**
   * From here on: a beat a second, and what is known written down where it has changed.
   * @param changes grows with every change of it
   */
  begin(
    sensor: Sensor,
    known: () => KnownState,
    changes: () => number,
    onProblem: (error: unknown) => void,
  ): void {
    const beat = () => {
      try {
        sensor.beat(this.silenceMs);
        this.#note(known, changes());
      } catch (error) {
        onProblem(error);
      }
    };
    beat();
    this.#beat = setInterval(beat, BEAT_MS).unref();
  }

  /** @param stays whether there are runs to stay governed; without any, all is taken out of the kernel */
  end(stays: boolean, known: () => KnownState): void {
    clearInterval(this.#beat);
    if (stays) {
      this.#note(known);
      this.pins.release();
    } else {
      this.pins.remove();
    }
  }

  #note(known: () => KnownState, changes?: number): void {
    if (changes !== undefined && changes === this.#written) return;
    this.records.writeState(known());
    this.#written = changes;
  }
}
