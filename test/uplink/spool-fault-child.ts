/**
 * Puts events into a spool that is too small for them, through whatever fails.
 *
 * Run:  node spool-fault-child.ts SPOOL ORIGIN COUNT
 * Says: `taken N` once events up to N have been taken over.
 */
import { writeSync } from 'node:fs';
import { Verdict } from '../../src/contract/messages.ts';
import { Spool } from '../../src/runtime/spool/spool.ts';
import { BOOT, execEvent, HOST } from '../gateway/events.ts';

const [directory = '', origin = '', count = ''] = process.argv.slice(2);
const PADDING = 'x'.repeat(4000);

const spool = new Spool({ directory, maxBytes: 2_500_000 }, ({ code }) => writeSync(1, `problem ${code}\n`));
const queue = spool.queue({ host: HOST, boot: BOOT, origin });
for (let last = 0; last < Number(count); ) {
  const events = Array.from({ length: 50 }, (_, at) => {
    const event = execEvent(last + 1 + at);
    event.exec!.argv!.push(PADDING);
    return { ...event, decision: { verdict: at % 25 === 0 ? Verdict.VERDICT_DENY : Verdict.VERDICT_ALLOW } };
  });
  queue.add(events);
  last += events.length;
  if (queue.heldBytes === 0) writeSync(1, `taken ${last}\n`);
}
spool.close();
