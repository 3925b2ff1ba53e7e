/**
 * A runtime's uplink with a spool, in a process of its own: sends numbered events until it is killed.
 *
 * Run:  node spool-child.ts SPOOL ENDPOINT ORIGIN COUNT BATCH [PAUSE-MS]; ENDPOINT: JSON of address, token and key, or a file
 *       of it that is read before each connection
 * Says: `taken N` once events up to N have been taken over; `problem CODE`; `acknowledged` once COUNT are in the log
 */
import { readFileSync, writeSync } from 'node:fs';
import type { Event } from '../../src/contract/messages.ts';
import { Verdict } from '../../src/contract/messages.ts';
import type { UplinkEndpoint } from '../../src/runtime/uplink/options.ts';
import { Uplink } from '../../src/runtime/uplink/uplink.ts';
import { BOOT, execEvent, HOST } from '../gateway/events.ts';

const [directory = '', endpoint = '', origin = '', count = '', size = '', pause = ''] = process.argv.slice(2);
const say = (line: string): number => writeSync(1, `${line}\n`);

function where(): UplinkEndpoint {
  const text = endpoint.startsWith('{') ? endpoint : readFileSync(endpoint, 'utf8');
  const { address, tokens, policyKey } = JSON.parse(text);
  return { address, token: tokens.runtime, gatewayPublicKey: policyKey };
}

/** One refusal in ten. */
function event(number: number): Event {
  const verdict = number % 10 === 0 ? Verdict.VERDICT_DENY : Verdict.VERDICT_ALLOW;
  return { ...execEvent(number), decision: { verdict } };
}

const uplink = new Uplink({
  endpoint: where,
  patient: true,
  origin: { host: HOST, boot: BOOT, origin },
  version: 'test',
  spool: { directory, maxBytes: 1 << 30 },
  onProblem: ({ code }) => say(`problem ${code}`),
});
for (let last = 0; last < Number(count); ) {
  const events = Array.from({ length: Number(size) }, (_, at) => event(last + 1 + at));
  await uplink.sendEvents(events);
  last += events.length;
  say(`taken ${last}`);
  await new Promise((resolve) => (pause ? setTimeout(resolve, Number(pause)) : setImmediate(resolve)));
}
await uplink.flush(600_000);
say('acknowledged');
await uplink.close();
