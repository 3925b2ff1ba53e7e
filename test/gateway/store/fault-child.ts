/**
 * Appends and signs, for as many rounds as told, through whatever fails.
 *
 * Run:  node fault-child.ts STATE ORIGIN ROUNDS
 * Says: `acknowledged N`, `signed BASE64` for each checkpoint, `refused CODE`.
 */
import { writeSync } from 'node:fs';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { openKeyFile } from '../../../src/gateway/store/key-file.ts';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../../src/gateway/store/state-directory.ts';
import { BOOT, execEvents, HOST, numbered } from '../events.ts';

const [state = '', uuid = '', rounds = ''] = process.argv.slice(2);
const origin = { host: HOST, boot: BOOT, origin: uuid };
const say = (line: string): number => writeSync(1, `${line}\n`);

/** Every failure must be one that says what it is. */
async function attempt<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { code = '' } = error as { code?: string };
    say(`refused ${code}`);
    if (!/^(GATEWAY_STORE_|GATEWAY_KEY$)/.test(code)) throw error;
    return undefined;
  }
}

await attempt(async () => {
  openGatewayDirectory(state);
  const log = openEventLog(state);
  const audit = new AuditLog(log, openKeyFile(state, 'log'));
  audit.check();
  for (let round = 0; round < Number(rounds); round++) {
    const from = (await log.lastSequence(origin)) + 1;
    const last = await attempt(() => log.append(origin, numbered(execEvents(7, from), from).map(logEntry)));
    if (last !== undefined) say(`acknowledged ${last}`);
    const signed = round % 3 === 2 ? await attempt(() => audit.checkpoint()) : undefined;
    if (signed) say(`signed ${Buffer.from(signed.note).toString('base64')}`);
  }
  await log.close();
});
