/**
 * Programs are in the kernel while there is something to govern, and LINGER_MS longer: to take them out waits for the
 * kernel's grace periods, half a second in which nothing else happens here, and runs often follow each other.
 *
 * Throws: what the sensor throws.
 */
import type { Sensor } from '../kernel/sensor.ts';

const LINGER_MS = 5_000;

export class Attachment {
  readonly #sensor: Pick<Sensor, 'attach' | 'detach'>;
  readonly #onError: (error: unknown) => void;
  #leaving: NodeJS.Timeout | undefined;

  constructor(sensor: Pick<Sensor, 'attach' | 'detach'>, onError: (error: unknown) => void) {
    this.#sensor = sensor;
    this.#onError = onError;
  }

  /** There is something to govern: to be called once, until leave(). */
  enter(): void {
    if (this.#leaving) this.#stay();
    else this.#sensor.attach();
  }

  /** There is nothing any more. */
  leave(): void {
    this.#stay();
    this.#leaving = setTimeout(() => {
      this.#leaving = undefined;
      try {
        this.#sensor.detach();
      } catch (error) {
        this.#onError(error);
      }
    }, LINGER_MS).unref();
  }

  /** Takes out at once what only lingers. */
  close(): void {
    if (!this.#leaving) return;
    this.#stay();
    this.#sensor.detach();
  }

  #stay(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }
}
