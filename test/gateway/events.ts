/**
 * Events as a runtime makes them, and where they come from. No more than messages is imported, for child processes that
 * are started thousands of times.
 */
import { randomUUID } from 'node:crypto';
import type { Origin } from '../../src/contract/canonical.ts';
import { toLong } from '../../src/contract/int64.ts';
import type { Event } from '../../src/contract/messages.ts';

export const AGENT = 'spiffe://warder.test/acme/payments/coder';
export const RUN = '018f2d3e-0000-7000-8000-000000000001';
export const HOST = 'host-a';
export const BOOT = 'b0070000-0000-4000-8000-000000000001';

export function newOrigin(): Origin {
  return { host: HOST, boot: BOOT, origin: randomUUID() };
}

/** An exec of `path`; `number` tells events apart. */
export function execEvent(number: number, path = `/usr/bin/tool-${number}`): Event {
  return {
    timeUnixNs: toLong(1_767_225_600_000_000_000n + BigInt(number)),
    agent: AGENT,
    run: RUN,
    process: { execId: `${BOOT}:${number}:1`, pid: number, uid: 1000, user: 'agent', comm: 'tool' },
    exec: { path, argv: [path, `--number=${number}`], workingDirectory: '/srv/work' },
  };
}

export function openEvent(number: number, path: string): Event {
  return { ...execEvent(number), exec: null, fileOpen: { path, read: true, inode: toLong(number) } };
}

export function execEvents(count: number, from = 1): Event[] {
  return Array.from({ length: count }, (_, at) => execEvent(from + at));
}

/** Events numbered as an uplink would. */
export function numbered(events: Event[], from = 1): Event[] {
  return events.map((event, at) => ({ ...event, sequence: toLong(from + at) }));
}
