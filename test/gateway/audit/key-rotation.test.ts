/** A log that goes on under another key: who trusts either is led from one to the other, and nobody else in between. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { auditService, witnessService } from '../../../src/contract/audit-service.ts';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { generateSigningKey } from '../../../src/contract/keys.ts';
import type { SubscribeResponse } from '../../../src/contract/messages.ts';
import { subscribe } from '../../../src/contract/services.ts';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { openCheckpoint } from '../../../src/gateway/audit/checkpoint.ts';
import { openLogKey, rotateLogKey } from '../../../src/gateway/audit/key-rotation.ts';
import { formatVerifierKey, parseVerifierKey } from '../../../src/gateway/audit/signed-note.ts';
import { OwnEvents } from '../../../src/gateway/own-events.ts';
import { openKeyFile } from '../../../src/gateway/store/key-file.ts';
import {
  asker,
  BOOT,
  bearer,
  cleanUp,
  clientOf,
  eventually,
  filled,
  gateway,
  HOST,
  later,
  readAll,
  stateDirectory,
} from '../fixtures.ts';
import { type Evidence, evidence, exported, openEvidence, verified } from './exported.ts';

afterEach(cleanUp);

const ACTOR = { kind: 'operator', name: 'root' } as const;

function rotated(of: Evidence): Evidence {
  const own = new OwnEvents({ log: of.log, origin: { host: HOST, boot: BOOT, origin: randomUUID() } });
  rotateLogKey({ stateDirectory: of.state, log: of.log, own, actor: ACTOR, because: 'yearly' });
  return openEvidence(of.state);
}

/** 20 events under one key, its rotation, 30 under the next, that one's rotation, 5 under the third. */
async function threeKeys() {
  const first = await evidence([20]);
  const second = rotated(first);
  await second.grow(30);
  const third = rotated(second);
  await third.grow(5);
  return { third, keys: [first, second, third].map(({ audit }) => audit.verifierKey) };
}

test('a file that has the rotations proves itself to who trusts any of the keys, and to nobody else', async () => {
  const { third, keys } = await threeKeys();
  expect(new Set(keys).size).toBe(3);
  const text = await exported(third);
  expect(text).toContain(`\nkey ${keys[0]}\n`);
  for (const key of [undefined, ...keys]) {
    expect(await verified(text, { key })).toMatchObject({ ok: true, proven: 57, checkpoints: 5 });
  }
  const other = formatVerifierKey(third.audit.origin, generateSigningKey().publicKey);
  expect(await verified(text, { key: other })).toMatchObject({
    ok: false,
    proven: 0,
    problems: [{ kind: 're-signed', line: 3 }],
  });
});

test('checkpoints of every key are continued; a file may begin under any, and not end before the last', async () => {
  const { third, keys } = await threeKeys();
  const notes = third.audit.checkpoints(1, 57).map(({ note }) => note);
  expect(notes).toHaveLength(5);
  third.audit.check();
  expect((await verified(await exported(third), { checkpoints: notes })).ok).toBe(true);
  for (const [from, key] of [
    [20, 0],
    [21, 1],
    [52, 2],
    [54, 2],
  ] as const) {
    const text = await exported(third, { from });
    expect(text).toContain(`\nkey ${keys[key]}\n`);
    expect(await verified(text, { key: keys[key]! })).toMatchObject({ ok: true });
    expect(await verified(text, { key: keys[2]! })).toMatchObject({ ok: true });
    if (key > 0) expect((await verified(text, { key: keys[0]! })).ok).toBe(false);
  }
  await expect(exported(third, { to: 20 })).rejects.toThrow(/was replaced with event 51/);
  expect((await verified(await exported(third, { to: 52 }))).ok).toBe(true);
});

test('the thief of an old key cannot name a next one that passes for the log', async () => {
  const of = await evidence([20]);
  const stolen = join(of.state, 'stolen.pem');
  copyFileSync(join(of.state, 'keys', 'log.pem'), stolen);
  const before = of.audit.verifierKey;
  const real = rotated(of);
  await real.grow(10);
  const [trusted, kept] = [real.audit.verifierKey, real.audit.latest()!.note];
  // The thief: the old key, the log up to the rotation, and a rotation to a key of their own.
  const theft = await evidence([20]);
  theft.log.database.exec(`UPDATE log SET id = '${of.audit.origin.split('/').at(-1)}'`);
  theft.log.database.exec('DELETE FROM checkpoints');
  copyFileSync(stolen, join(theft.state, 'keys', 'log.pem'));
  const forged = rotated(openEvidence(theft.state));
  await forged.grow(10);
  const text = await exported(forged);
  expect((await verified(text, { key: before })).ok).toBe(true); // as docs/audit.md says
  expect((await verified(text, { key: trusted })).ok).toBe(false);
  const held = await verified(text, { key: before, checkpoints: [kept] });
  expect(held.problems.map(({ kind }) => kind)).toContain('forked');
});

test('right after a rotation the log is proven under either key, with nothing but the rotation appended', async () => {
  const of = await evidence([20]);
  const next = rotated(of);
  for (const { audit } of [of, next]) {
    expect(await verified(await exported(next), { key: audit.verifierKey })).toMatchObject({
      ok: true,
      proven: 21,
    });
    openCheckpoint(next.audit.checkpoint().note, parseVerifierKey(audit.verifierKey));
  }
  expect(next.audit.latestCosigned()).toBeUndefined();
});

test('the new key stands for the checkpoint of the rotation only where its signature fits', async () => {
  const of = await evidence([20]);
  const next = rotated(of);
  const { database } = next.log;
  const [last] = next.audit.checkpoints(20, 20).map(({ note }) => note.trimEnd().split('\n').at(-1)!);
  const [, name] = last!.split(' ');
  const { keyId } = parseVerifierKey(next.audit.verifierKey);
  const forged = Buffer.concat([Buffer.from(keyId, 'hex'), Buffer.alloc(64, 1)]).toString('base64');
  const lines = next.audit.latest()!.note.trimEnd().split('\n');
  const note = [...lines.slice(0, -1), `\u2014 ${name} ${forged}\n`].join('\n');
  database.prepare('UPDATE checkpoints SET note = ? WHERE size = 21').run(note);
  expect((await verified(await exported(next), { key: next.audit.verifierKey })).problems).toContainEqual(
    expect.objectContaining({ kind: 'changed', message: expect.stringContaining('does not fit the text') }),
  );
});

test('under the new key nothing is proven that it has not signed', async () => {
  const of = await evidence([20]);
  const next = rotated(of);
  // As versions before left it: signed by the key that goes, alone.
  const lines = next.audit.latest()!.note.trimEnd().split('\n');
  next.log.database
    .prepare('UPDATE checkpoints SET note = ? WHERE size = 21')
    .run(`${lines.slice(0, -1).join('\n')}\n`);
  const text = await exported(next);
  expect((await verified(text, { key: of.audit.verifierKey })).ok).toBe(true);
  expect(await verified(text, { key: next.audit.verifierKey })).toMatchObject({
    ok: false,
    proven: 0,
    problems: [{ kind: 'unproven' }],
  });
});

test('a rotation that broke off is finished or taken back by whoever opens the log next', async () => {
  const of = await evidence([20]);
  const before = readFileSync(join(of.state, 'keys', 'log.pem'), 'utf8');
  // Before it was told: the new key is nothing.
  openKeyFile(of.state, 'log.next');
  expect(openLogKey(of.state, of.log).publicKey).toBe(of.key.publicKey);
  expect(existsSync(join(of.state, 'keys', 'log.next.pem'))).toBe(false);
  // After it was told: the old key signs its last, and goes.
  const next = rotated(of);
  const after = join(of.state, 'keys', 'log.pem');
  copyFileSync(after, join(of.state, 'keys', 'log.next.pem'));
  writeFileSync(after, before, { mode: 0o600 });
  of.log.database.exec('DELETE FROM checkpoints WHERE size = 21');
  expect(openLogKey(of.state, of.log).publicKey).toBe(next.key.publicKey);
  const again = openEvidence(of.state);
  await again.grow(3);
  expect((await verified(await exported(again), { key: of.audit.verifierKey })).ok).toBe(true);
});

test('who still has the old key signs nothing with it', async () => {
  const of = await evidence([20]);
  rotated(of);
  await expect(of.grow(1)).rejects.toThrow(/is signed by .* now/);
  expect(() => new AuditLog(of.log, of.key).check()).not.toThrow();
});

test('a gateway goes on under the new key, and tells of the rotation once', async () => {
  const of = await evidence([20]);
  const before = await gateway({ stateDirectory: of.state, recordsLifetime: true });
  await before.stop();
  rotated(of);
  const after = await gateway({ stateDirectory: of.state, recordsLifetime: true });
  expect(after.logKey).not.toBe(before.logKey);
  const { events } = await readAll(after, { filter: { kinds: ['gateway'] } });
  const told = events.filter(({ event }) => event!.gateway!.action === 'key.rotated');
  expect(told).toHaveLength(1);
  expect(told[0]!.event!.gateway).toMatchObject({ subject: 'log', because: 'yearly', actor: ACTOR });
});

test('the key is exchanged under running gateways: events, consumers and proofs go on', async () => {
  const state = stateDirectory();
  const [one, other] = [await gateway({ stateDirectory: state }), await gateway({ stateDirectory: state })];
  const keys = [one.logKey];
  const seen: number[] = [];
  const consumer = subscribe(clientOf(other), bearer(other.tokens.viewer), { fromIndex: toLong(0) });
  consumer.on('error', () => {});
  consumer.on('data', ({ events }: SubscribeResponse) => {
    for (const { index } of events ?? []) seen.push(toNumber(index));
  });
  later(() => consumer.cancel());
  for (let round = 0; round < 3; round++) {
    await Promise.all([filled(40, one), filled(40, other)]);
    const command = openEvidence(state);
    rotated(command);
    await command.log.close();
    await Promise.all([filled(7, other), filled(7, one)]);
    const ask = asker(one, one.tokens.viewer);
    await ask(auditService.getInclusionProof, { index: toLong(95 * (round + 1) - 1) });
    const { verifierKey, note } = await ask(auditService.getCheckpoint, {});
    expect(openCheckpoint(note!, parseVerifierKey(verifierKey!)).size).toBe(95 * (round + 1));
    keys.push(verifierKey!);
  }
  expect(new Set(keys).size).toBe(4);
  const total = await one.log.size();
  expect(total).toBe(3 * 95);
  await eventually('the consumer has all', () => seen.length >= total);
  expect(seen).toEqual(Array.from({ length: total }, (_, at) => at));
  await Promise.all([one.stop(), other.stop()]);
  const text = await exported(openEvidence(state));
  for (const key of keys) expect(await verified(text, { key })).toMatchObject({ ok: true, proven: total });
});

test('a witness that knows both keys cosigns across the exchange', async () => {
  const of = await evidence([20]);
  const [old, next] = [of.audit.verifierKey, rotated(of)];
  await next.grow(10);
  const witness = await gateway({ witnessOf: [next.audit.verifierKey, old] });
  const bring = asker(witness, witness.tokens.viewer);
  const at = (size: number) => next.audit.signedAt(size).note;
  const first = await bring(witnessService.addCheckpoint, { oldSize: toLong(0), proof: [], note: at(20) });
  expect(first.cosignature).toContain('/witness/');
  const proof = next.audit.consistency(20, 31);
  const second = await bring(witnessService.addCheckpoint, { oldSize: toLong(20), proof, note: at(31) });
  expect(second.cosignature).toContain('/witness/');
});
