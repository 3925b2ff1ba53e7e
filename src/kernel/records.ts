/**
 * Ring-buffer bytes to events.
 *
 * In:     one batch: whole records back to back, layout bpf/event.h, little-endian. Offsets come from the BTF of
 *         that header (generated/layout.ts).
 * Out:    events in the batch's order; times are bigint nanoseconds since boot, strings as text.ts makes them.
 *         Nothing in them refers to the batch. Rulings are shared between events, and frozen.
 * Throws: KERNEL_RECORD when sizes disagree or a number is none that we know. That is version skew, never traffic.
 */
import type { KernelEvent } from './events.ts';
import { layout } from './generated/layout.ts';
import { KINDS } from './record-kinds.ts';
import { skew, viewsOf } from './record-views.ts';

const HEAD = layout.event_head.fields;

export function decodeBatch(batch: Buffer): KernelEvent[] {
  const views = viewsOf(batch);
  const events: KernelEvent[] = [];
  for (let at = 0; at < batch.length; ) {
    const left = batch.length - at;
    if (left < layout.event_head.size) {
      throw skew(at, `has no room for its head of ${layout.event_head.size} bytes, ${left} left`);
    }
    const size = views.word[(at + HEAD.size.offset) >> 2]!;
    if (size > left) throw skew(at, `says ${size} bytes, ${left} left`);
    const number = views.half[(at + HEAD.kind.offset) >> 1]!;
    const kind = KINDS[number];
    if (!kind) throw skew(at, `is of kind ${number}, which is none`);
    if (size < kind.size || size % 8 !== 0) {
      throw skew(at, `says ${size} bytes, but one of kind ${number} has ${kind.size} or more, in eights`);
    }
    events.push(kind.decode(views, at));
    at += size;
  }
  return events;
}
