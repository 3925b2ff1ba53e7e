/** A worker that calls into the addon all the time, so that its end comes in the middle of a call. */
import { parentPort } from 'node:worker_threads';
import { loadAddon } from '../../../src/kernel/addon.ts';

const addon = loadAddon();
parentPort!.postMessage('calling');
for (;;) {
  addon.hostFacts();
  try {
    addon.openSensor({} as never);
  } catch {
    // KERNEL_ARGUMENT
  }
}
