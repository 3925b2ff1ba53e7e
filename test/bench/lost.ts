/**
 * Records that an event says were lost, all kinds and causes together.
 */
import { toNumber } from '../../src/contract/int64.ts';
import type { Event } from '../../src/contract/messages.ts';

export function lostIn({ loss }: Event): number {
  return (loss?.counts ?? []).reduce((sum, { records }) => sum + toNumber(records), 0);
}
