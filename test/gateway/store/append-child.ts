/**
 * A process that appends to the log of a state directory until it is killed, or has done its count.
 *
 * Run:  node append-child.ts STATE ORIGIN [COUNT [BATCH]]
 * Says: `acknowledged N` after each append, `refused CODE` when one fails (it then tries again).
 */
import { writeSync } from 'node:fs';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../../src/gateway/store/state-directory.ts';
import { BOOT, execEvents, HOST, numbered } from '../events.ts';

const [state = '', uuid = '', count = 'Infinity', size = '50'] = process.argv.slice(2);
const origin = { host: HOST, boot: BOOT, origin: uuid };
// Synchronously: what was said before a kill is said.
const say = (line: string): number => writeSync(1, `${line}\n`);

openGatewayDirectory(state);
const log = openEventLog(state);
for (let sequence = await log.lastSequence(origin); sequence < Number(count); ) {
  const events = numbered(execEvents(Number(size), sequence + 1), sequence + 1);
  try {
    sequence = await log.append(origin, events.map(logEntry));
    say(`acknowledged ${sequence}`);
  } catch (error) {
    say(`refused ${(error as { code: string }).code}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
await log.close();
