/**
 * The containers of the engines that are to be listened to, kept up to date.
 *
 * In:  sockets of engines.
 * Out: `onChange` after each change; `containers` as of then. What an engine told last holds while it is away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WarderError } from '../../base/error.ts';
import { type Container, ContainerEngine } from './engine.ts';

const AGAIN_MS = 2000;

export class Engines {
  readonly #known = new Map<string, Map<string, Container>>();
  readonly #told = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #onChange: () => void;
  readonly #onProblem: (error: WarderError) => void;

  constructor(sockets: readonly string[], onChange: () => void, onProblem: (error: WarderError) => void) {
    this.#onChange = onChange;
    this.#onProblem = onProblem;
    for (const socket of sockets) void this.#keep(socket);
  }

  *containers(): Generator<Container> {
    for (const containers of this.#known.values()) yield* containers.values();
  }

  /** Whether every engine has told of its containers since this began, or is not there. */
  get complete(): boolean {
    return this.#settled.size === this.#sockets.size;
  }
  readonly #settled = new Set<string>();
  readonly #sockets = new Set<string>();

  close(): void {
    this.#stop.abort();
  }

  async #keep(socket: string): Promise<void> {
    const { signal } = this.#stop;
    this.#sockets.add(socket);
    const engine = new ContainerEngine(socket);
    while (!signal.aborted) {
      try {
        await engine.follow(
          () => void this.#all(socket, engine),
          (id) => void this.#one(socket, engine, id),
          signal,
        );
      } catch (error) {
        if (!signal.aborted) this.#tell(socket, error as WarderError);
      }
      await sleep(AGAIN_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #all(socket: string, engine: ContainerEngine): Promise<void> {
    try {
      const containers = await engine.containers();
      this.#known.set(socket, new Map(containers.map((container) => [container.id, container])));
      this.#settled.add(socket);
      this.#told.delete(socket);
      this.#changed();
    } catch (error) {
      this.#tell(socket, error as WarderError);
    }
  }

  async #one(socket: string, engine: ContainerEngine, id: string): Promise<void> {
    try {
      const container = await engine.container(id);
      const known = this.#known.get(socket) ?? new Map<string, Container>();
      this.#known.set(socket, known);
      if (container) known.set(id, container);
      else known.delete(id);
      this.#changed();
    } catch (error) {
      this.#tell(socket, error as WarderError);
    }
  }

  #changed(): void {
    if (!this.#stop.signal.aborted) this.#onChange();
  }

  /** What stays as it is is told once. */
  #tell(socket: string, error: WarderError): void {
    if (this.#told.get(socket) === error.message) return;
    this.#told.set(socket, error.message);
    this.#onProblem(error);
  }
}
