/**
 * Commands of warder as programs, and state directories with events for them to read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/contract/messages.ts';
import { gateway, later, stateDirectory, uplink } from '../gateway/fixtures.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  status: number | null;
  out: string;
  err: string;
}

/** Runs it to its end. */
export async function warder(words: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  later(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  child.stdin.on('error', () => {}).end(input);
  const [status] = await once(child, 'close');
  return { status, out, err };
}

/** A state directory with these events in it, and no gateway any more. */
export async function stored(events: Event[]): Promise<string> {
  const state = stateDirectory();
  const running = await gateway({ stateDirectory: state });
  const link = await uplink(running);
  await link.sendEvents(events);
  await link.flush();
  link.close();
  await running.stop();
  return state;
}
