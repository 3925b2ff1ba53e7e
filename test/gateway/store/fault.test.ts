/**
 * The log with a fault at any of its writes, syncs and renames: killed before, in the middle of, or behind it, no room,
 * an error of the disk. WARDER_FAULT_ROUNDS=2000 for thousands.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { exportLog } from '../../../src/gateway/audit/export.ts';
import { openLogKey } from '../../../src/gateway/audit/key-rotation.ts';
import { verifyExport } from '../../../src/gateway/audit/verify.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { BOOT, execEvents, HOST, numbered } from '../events.ts';
import { cleanUp, later, stateDirectory } from '../fixtures.ts';
import { checkWhole } from './children.ts';
import { buildFaults, FAULTS, runFaulty } from './fault.ts';

afterEach(cleanUp);

const CHILD = fileURLToPath(new URL('fault-child.ts', import.meta.url));
const ROUNDS = Number(process.env.WARDER_FAULT_ROUNDS ?? 12);
/** Rounds on one state directory: each goes on where the one before was ended. */
const ROUNDS_PER_LOG = 10;

test('whatever fails when, the log verifies and nothing that was acknowledged or signed is missing', async () => {
  const { library, remove } = buildFaults();
  later(remove);
  let state = '';
  let origin = '';
  let acknowledged = 0;
  let notes: string[] = [];
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_PER_LOG === 0) {
      [state, origin, acknowledged, notes] = [stateDirectory(), randomUUID(), 0, []];
    }
    const kind = FAULTS[round % FAULTS.length]!;
    const at = 1 + Math.floor(Math.random() * 110);
    const ran = await runFaulty(library, CHILD, [state, origin, '9'], { under: state, kind, at });
    const where = `${kind} at ${at}, round ${round}: ${ran.stderr}`;
    if (!ran.killed) expect(ran.code, where).toBe(0);
    for (const line of ran.lines) {
      const [what = '', value = ''] = line.split(' ');
      seen.add(what);
      if (what === 'acknowledged') acknowledged = Number(value);
      if (what === 'signed') notes.push(Buffer.from(value, 'base64').toString());
    }
    if (!existsSync(join(state, 'warder.db'))) continue;
    const log = openEventLog(state);
    try {
      const last = (await checkWhole(log)).get(origin) ?? 0;
      expect(last, where).toBeGreaterThanOrEqual(acknowledged);
      expect(last, where).toBeLessThanOrEqual(acknowledged + 7);
      acknowledged = last;
      const key = openLogKey(state, log);
      // As a gateway does first of all: a rotation that is completed now is signed with what comes behind it.
      const started = { host: HOST, boot: BOOT, origin: randomUUID() };
      await log.append(started, numbered(execEvents(1, 1), 1).map(logEntry));
      const audit = new AuditLog(log, key);
      audit.check();
      const report = await verifyExport(bytes(exportLog({ log, audit, key })), {
        key: audit.verifierKey,
        checkpoints: notes,
      });
      expect(report, `${where} ${JSON.stringify(report.problems)}`).toMatchObject({
        ok: true,
        proven: await log.size(),
      });
    } finally {
      await log.close();
    }
  }
  expect(seen).toContain('acknowledged');
  expect(seen).toContain('signed');
}, 3_600_000);

async function* bytes(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece);
}
