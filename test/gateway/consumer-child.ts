/**
 * A consumer that keeps what it was sent, and goes on from there after it was killed.
 *
 * Run:  node consumer-child.ts ENDPOINT FILE
 * In:   ENDPOINT, a file with a gateway's address and tokens in JSON, read before each connection.
 * Out:  FILE, a line `INDEX ORIGIN SEQUENCE` for each event. Its last whole line is the cursor; what a kill has left of
 *       another one is taken out at the next start.
 */
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import type { LoggedEvent } from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';
import { bearer } from './fixtures.ts';

const RETRY_MS = 20;
const [endpoint = '', file = ''] = process.argv.slice(2);

function cursorOf(): number {
  appendFileSync(file, '');
  const text = readFileSync(file, 'latin1');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  truncateSync(file, whole.length);
  const last = whole.trimEnd().split('\n').at(-1);
  return last ? Number(last.split(' ')[0]) + 1 : 0;
}

let cursor = cursorOf();
for (;;) {
  const { address, tokens } = JSON.parse(readFileSync(endpoint, 'utf8'));
  const client = new Client(address, credentials.createInsecure());
  try {
    const call = subscribe(client, bearer(tokens.viewer), { fromIndex: toLong(cursor) });
    for await (const { events, nextIndex } of call) {
      const lines = (events ?? []).map(
        ({ index, origin, event }: LoggedEvent) =>
          `${toNumber(index)} ${origin} ${toNumber(event!.sequence)}\n`,
      );
      appendFileSync(file, lines.join(''));
      cursor = toNumber(nextIndex);
    }
  } catch {
    // The gateway is away.
  }
  client.close();
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
