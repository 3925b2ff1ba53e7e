/** What the log signs about itself, and what it refuses to sign. */
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { openCheckpoint } from '../../../src/gateway/audit/checkpoint.ts';
import { formatProof, parseProof, verifyProof } from '../../../src/gateway/audit/proof-file.ts';
import { parseVerifierKey } from '../../../src/gateway/audit/signed-note.ts';
import { pragma } from '../../../src/gateway/store/database.ts';
import { cleanUp, execEvents, gateway, stateDirectory, uplink } from '../fixtures.ts';
import { mth, verifyConsistency, verifyInclusion } from '../rfc6962.ts';
import { type Evidence, evidence, openEvidence } from './exported.ts';

afterEach(cleanUp);

async function leavesOf({ log }: Evidence): Promise<Uint8Array[]> {
  const { rows } = await log.read({ from: 0, limit: 1e6, maxBytes: 1e9 });
  return rows.map(({ leaf }) => leaf);
}

test('a checkpoint signs size and RFC 6962 root, and is signed once per size', async () => {
  const of = await evidence([300]);
  const { note, size, root } = of.audit.checkpoint();
  expect(size).toBe(300);
  expect(Buffer.from(root)).toEqual(mth(await leavesOf(of)));
  expect(openCheckpoint(note, parseVerifierKey(of.audit.verifierKey))).toEqual({
    origin: of.audit.origin,
    size,
    root,
  });
  expect(of.audit.checkpoint().note).toBe(note);
  expect(readFileSync(join(of.state, 'checkpoint'), 'utf8')).toBe(note);
  expect(statSync(join(of.state, 'checkpoint')).mode & 0o777).toBe(0o600);
  expect(new AuditLog(of.log, of.key).origin).toBe(of.audit.origin);
});

test('inclusion and consistency proofs of a real log verify by the RFC', async () => {
  const of = await evidence([7, 300, 2]);
  const leaves = await leavesOf(of);
  const roots = new Map(of.audit.checkpoints(0, 309).map(({ size, root }) => [size, root]));
  for (const [size, root] of roots) {
    for (const index of [0, 6, size - 1]) {
      expect(verifyInclusion(leaves[index]!, index, size, of.audit.inclusion(index, size), root)).toBe(true);
    }
  }
  const proof = of.audit.consistency(7, 307);
  expect(verifyConsistency(7, 307, roots.get(7)!, roots.get(307)!, proof)).toBe(true);
  expect(() => of.audit.inclusion(5, 310)).toThrow(/the log has 309 events, not 310/);
  expect(() => of.audit.consistency(8, 7)).toThrow(/8 events are more than 7/);
});

test('a tile is as long as it has hashes, and there is none without', async () => {
  const { audit } = await evidence([256, 1]);
  expect([audit.tile(0, 0), audit.tile(0, 1), audit.tile(1, 0)].map(({ length }) => length)).toEqual([
    256 * 32,
    32,
    32,
  ]);
  const { audit: even } = await evidence([256]);
  expect(() => even.tile(0, 1)).toThrow(/no tile 0\/1/);
  expect(() => even.tile(2, 0)).toThrow(/no tile 2\/0/);
  expect(() => even.tile(7, 0)).toThrow(/no tile 7\/0/);
});

test('a proof file proves its event, at its index, in that log, and nothing else', async () => {
  const of = await evidence([7, 300]);
  const key = parseVerifierKey(of.audit.verifierKey);
  const [leaf, other] = [(await leavesOf(of))[100]!, (await leavesOf(of))[101]!];
  const { note } = of.audit.checkpoint();
  const text = formatProof({ index: 100, leaf, hashes: of.audit.inclusion(100, 307), note });
  const proof = parseProof(text);
  expect(verifyProof(proof, key)).toMatchObject({ size: 307, origin: of.audit.origin });
  for (const changed of [
    { ...proof, leaf: other },
    { ...proof, index: 101 },
    { ...proof, hashes: proof.hashes.slice(1) },
    { ...proof, hashes: [...proof.hashes, proof.hashes[0]!] },
    { ...proof, hashes: proof.hashes.toReversed() },
    { ...proof, index: 307 },
  ]) {
    expect(() => verifyProof(changed, key)).toThrow(/is not event \d+ of the 307/);
  }
  expect(() => verifyProof(proof, parseVerifierKey(openEvidence().audit.verifierKey))).toThrow(
    /not signed by/,
  );
  for (const broken of [
    '',
    text.replace('extra ', 'extra  '),
    text.replace('index', 'indeX'),
    text.slice(10),
    text.replace('@v1', '@v2'),
  ]) {
    expect(() => parseProof(broken)).toThrow(/is not a proof/);
  }
});

test('a database whose tree was changed is not signed any more', async () => {
  const of = await evidence([20]);
  of.log.database.exec('UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0');
  expect(() => of.audit.check()).toThrow(
    /signed 20 events with a root that its database no longer has: other events stand/,
  );
  await expect(openEvidence(of.state).grow(1)).rejects.toMatchObject({ code: 'AUDIT_FORK' });
});

test('a database that is damaged where its tree lies is said to be, with what to do', async () => {
  const of = await evidence([20]);
  const { page } = of.log.database
    .prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'tiles'")
    .get() as { page: number };
  const bytes = pragma(of.log.database, 'page_size');
  await of.log.close();
  const file = openSync(join(of.state, 'warder.db'), 'r+');
  writeSync(file, Buffer.alloc(8, 255), 0, 8, (page - 1) * bytes);
  closeSync(file);
  expect(() => openEvidence(of.state).audit.check()).toThrow(/warder\.db is damaged/);
});

test('a database set back to an older copy is noticed, by the gateway too', async () => {
  const state = stateDirectory();
  const of = openEvidence(state);
  await of.grow(20);
  of.log.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const old = join(stateDirectory(), 'old.db');
  copyFileSync(join(state, 'warder.db'), old);
  await of.grow(20);
  await of.log.close();
  for (const name of readdirSync(state)) if (name.startsWith('warder.db')) rmSync(join(state, name));
  copyFileSync(old, join(state, 'warder.db'));
  const again = openEvidence(state);
  expect(() => again.audit.check()).toThrow(
    /signed 40 events with a root that its database no longer has: the log has 20/,
  );
  await expect(gateway({ stateDirectory: state })).rejects.toMatchObject({ code: 'AUDIT_SET_BACK' });
  expect(readdirSync(join(state, 'gateways'))).toEqual([]);
});

test('a gateway signs what it logged when it stops, under the key it names', async () => {
  const state = stateDirectory();
  const to = await gateway({ stateDirectory: state });
  const link = await uplink(to);
  await link.sendEvents(execEvents(100));
  await link.flush();
  await to.stop();
  const note = readFileSync(join(state, 'checkpoint'), 'utf8');
  expect(openCheckpoint(note, parseVerifierKey(to.logKey)).size).toBe(100);
});

test('a gateway signs at the latest every ten thousand events', async () => {
  const state = stateDirectory();
  const to = await gateway({ stateDirectory: state });
  const link = await uplink(to);
  for (let from = 0; from < 25_000; from += 500) await link.sendEvents(execEvents(500, from));
  await link.flush(30_000);
  const of = openEvidence(state);
  const sizes = of.audit.checkpoints(1, 25_000).map(({ size }) => size);
  // A transaction may go past the mark by what it holds.
  expect(sizes.length).toBeGreaterThanOrEqual(1);
  sizes.reduce((before, size) => {
    expect(size - before).toBeLessThan(10_000 + 4096);
    return size;
  }, 0);
  await to.stop();
});

test('two gateways on one state directory sign one history', async () => {
  const state = stateDirectory();
  const [one, two] = [await gateway({ stateDirectory: state }), await gateway({ stateDirectory: state })];
  expect(one.logKey).toBe(two.logKey);
  for (const to of [one, two]) {
    const link = await uplink(to);
    await link.sendEvents(execEvents(50));
    await link.flush();
  }
  await Promise.all([one.stop(), two.stop()]);
  const of = openEvidence(state);
  of.audit.check();
  expect(of.audit.latest()!.size).toBe(100);
});
