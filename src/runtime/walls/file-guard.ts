/**
 * Files of a run that the launcher did not start, on a host without BPF LSM: opens of what its policy denies are
 * refused before they happen, by fanotify's permission events (native/guard.h). A second line behind it are the kernel
 * programs, which tell of each refusal and end what gets past.
 *
 * In:     the sensor, the run's number, its compiled policy.
 * Out:    marks on denied places as they are now, and in sentences what has none.
 * Throws: KERNEL_GUARD.
 * When this process ends, the kernel lets all opens go on: it prevents only while the runtime lives.
 */
import type { CompiledPolicy, Unenforced } from '../../kernel/policy-rows.ts';
import type { Sensor } from '../../kernel/sensor.ts';
import { guardPlaces } from './guard-places.ts';

export interface FileGuard {
  /** Places that have a mark. */
  marks: number;
  unenforced: Unenforced[];
  counts(): { refused: bigint; passed: bigint; slowestNs: bigint };
  close(): void;
}

export function guardFiles(
  sensor: Pick<Sensor, 'guard'>,
  run: number,
  policy: CompiledPolicy,
  workspace?: string,
): FileGuard {
  const guard = sensor.guard(run);
  try {
    const { files, directories, cut } = guardPlaces(policy, workspace);
    const marked = [
      ...files.map((path) => guard.mark(path, false)),
      ...directories.map((path) => guard.mark(path, true)),
    ];
    const left = [
      'opens of denied files are prevented where they were there when the run was adopted; others are terminated',
      ...(cut ? ['there were more denied files than are guarded: opens of the rest are terminated'] : []),
    ];
    return {
      marks: marked.filter(Boolean).length,
      unenforced: left.map((text) => ({ effect: 'not-kept', text, rules: [] })),
      counts: () => guard.counts(),
      close: () => guard.close(),
    };
  } catch (error) {
    guard.close();
    throw error;
  }
}

/** Guards of adopted runs, by the run's number. None on a host whose LSM programs refuse by themselves. */
export class FileGuards {
  readonly #sensor: Pick<Sensor, 'guard'>;
  readonly #needed: boolean;
  readonly #guards = new Map<number, FileGuard>();

  constructor(sensor: Pick<Sensor, 'guard'>, needed: boolean) {
    this.#sensor = sensor;
    this.#needed = needed;
  }

  /** Anew where there is one: without a moment between the two. Returns what it does not keep. */
  begin(run: number, policy: CompiledPolicy | undefined, workspace?: string): Unenforced[] {
    if (!this.#needed || !policy) return [];
    const guard = guardFiles(this.#sensor, run, policy, workspace);
    this.end(run);
    this.#guards.set(run, guard);
    return guard.unenforced;
  }

  end(run: number): void {
    this.#guards.get(run)?.close();
    this.#guards.delete(run);
  }

  endAll(): void {
    for (const run of [...this.#guards.keys()]) this.end(run);
  }
}
