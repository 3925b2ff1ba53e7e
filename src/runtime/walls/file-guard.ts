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

export function guardFiles(sensor: Pick<Sensor, 'guard'>, run: number, policy: CompiledPolicy): FileGuard {
  const guard = sensor.guard(run);
  try {
    const { files, directories, cut } = guardPlaces(policy);
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
