/**
 * A hundred consumers of a gateway in a process of their own: each follows one run but the last, which takes nothing.
 *
 * Run:  fork with ADDRESS TOKEN FROM_INDEX RUN…, one RUN for each that follows.
 * Says: 'ready' once all have an answer; {events, cursor} when asked: events they were sent, and how far the slowest is.
 */
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import type { SubscribeResponse } from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';

const [address = '', token = '', from = '0', ...runs] = process.argv.slice(2);
const metadata = new Metadata();
metadata.set('authorization', `Bearer ${token}`);
const client = new Client(address, credentials.createInsecure());

const cursors = new Map<number, number>();
let events = 0;
runs.forEach((run, number) => {
  const call = subscribe(client, metadata, { fromIndex: toLong(Number(from)), filter: { runs: [run] } });
  call.on('data', (response: SubscribeResponse) => {
    events += response.events?.length ?? 0;
    cursors.set(number, toNumber(response.nextIndex));
    if (cursors.size === runs.length && events === 0) process.send!('ready');
  });
});
subscribe(client, metadata, { fromIndex: toLong(0) }).pause();
process.on('message', () => process.send!({ events, cursor: Math.min(...cursors.values()) }));
process.on('disconnect', () => process.exit(0));
