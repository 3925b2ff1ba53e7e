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
  #attached = false;
  #leaving: NodeJS.Timeout | undefined;

  constructor(sensor: Pick<Sensor, 'attach' | 'detach'>, onError: (error: unknown) => void) {
    this.#sensor = sensor;
    this.#onError = onError;
  }

  /** There is something to govern: programs are in place when it returns. */
  enter(): void {
    this.#stay();
    if (this.#attached) return;
    this.#sensor.attach();
    this.#attached = true;
  }

  /** The sensor has attached them by itself, as it does when it takes over. */
  taken(): void {
    this.#attached = true;
  }

  /** There is nothing any more. */
  leave(): void {
    this.#stay();
    if (!this.#attached) return;
    this.#leaving = setTimeout(() => {
      this.#leaving = undefined;
      try {
        this.#detach();
      } catch (error) {
        this.#onError(error);
      }
    }, LINGER_MS).unref();
  }

  /** Takes out at once what only lingers. */
  close(): void {
    if (!this.#leaving) return;
    this.#stay();
    this.#detach();
  }

  /** Where that fails half-way, the next run attaches what is missing, or fails as well. */
  #detach(): void {
    this.#attached = false;
    this.#sensor.detach();
  }

  #stay(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }
}
