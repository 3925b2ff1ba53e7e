/**
 * Appends, signs and exchanges the log's key, for as many rounds as told, through whatever fails.
 *
 * Run:  node fault-child.ts STATE ORIGIN ROUNDS
 * Says: `acknowledged N`, `signed BASE64` for each checkpoint, `refused CODE`.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { openLogKey, rotateLogKey } from '../../../src/gateway/audit/key-rotation.ts';
import { OwnEvents } from '../../../src/gateway/own-events.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../../src/gateway/store/state-directory.ts';
import { BOOT, execEvents, HOST, numbered } from '../events.ts';

const [state = '', uuid = '', rounds = ''] = process.argv.slice(2);
const origin = { host: HOST, boot: BOOT, origin: uuid };
const ACTOR = { kind: 'operator', name: 'root' } as const;
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
  const keyNow = () => openLogKey(state, log);
  const audit = new AuditLog(log, keyNow(), keyNow);
  audit.check();
  const own = new OwnEvents({ log, origin: { ...origin, origin: randomUUID() } });
  for (let round = 0; round < Number(rounds); round++) {
    const from = (await log.lastSequence(origin)) + 1;
    const last = await attempt(() => log.append(origin, numbered(execEvents(7, from), from).map(logEntry)));
    if (last !== undefined) say(`acknowledged ${last}`);
    if (round % 4 === 3)
      await attempt(() => rotateLogKey({ stateDirectory: state, log, own, actor: ACTOR, because: '' }));
    const signed = round % 3 === 2 ? await attempt(() => audit.checkpoint()) : undefined;
    if (signed) say(`signed ${Buffer.from(signed.note).toString('base64')}`);
  }
  await log.close();
});
