/** Evidence by RPC, and checkpoints that a second gateway cosigns: what it takes, what it refuses, what verify demands. */
import { createPublicKey, verify as verifyEd25519 } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { auditService, witnessService } from '../../../src/contract/audit-service.ts';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { callUnary } from '../../../src/contract/unary.ts';
import { parseCheckpointText } from '../../../src/gateway/audit/checkpoint.ts';
import { isConsistent, leafHash } from '../../../src/gateway/audit/merkle.ts';
import { parseNote } from '../../../src/gateway/audit/signed-note.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { openKeyFile } from '../../../src/gateway/store/key-file.ts';
import {
  authorityOf,
  bearer,
  cleanUp,
  clientOf,
  eventually,
  execEvents,
  filled,
  gateway,
  readAll,
  stateDirectory,
  uplink,
} from '../fixtures.ts';
import { mth, proof as rfcProof, verifyConsistency, verifyInclusion } from '../rfc6962.ts';
import { exported, openEvidence, verified } from './exported.ts';

afterEach(cleanUp);

const checkpointOf = (note: string) => parseCheckpointText(parseNote(note).text);

test('proofs by RPC hold under the RFC, against a signed checkpoint', async () => {
  const to = await filled(300);
  const client = clientOf(to);
  const viewer = bearer(to.tokens.viewer);
  const asked = await callUnary(client, auditService.getInclusionProof, { index: toLong(77) }, viewer);
  const { size, root } = checkpointOf(asked.note!);
  const hash = leafHash(asked.leaf!);
  expect(verifyInclusion(asked.leaf!, 77, size, asked.hashes!.map(Buffer.from), Buffer.from(root))).toBe(
    true,
  );
  const { hashes } = await callUnary(
    client,
    auditService.getConsistencyProof,
    { fromSize: toLong(100), toSize: toLong(300) },
    viewer,
  );
  const tile = await callUnary(client, auditService.getTile, { level: 0, index: toLong(0) }, viewer);
  expect(tile.hashes!.length).toBe(256 * 32);
  expect(Buffer.from(tile.hashes!.subarray(77 * 32, 78 * 32))).toEqual(hash);
  const all = await leavesOf(to);
  const last = await callUnary(client, auditService.getTile, { level: 0, index: toLong(1) }, viewer);
  expect(Buffer.from(last.hashes!)).toEqual(Buffer.concat(all.slice(256).map(leafHash)));
  const leaves = all.slice(0, 300);
  expect(verifyConsistency(100, 300, mth(leaves.slice(0, 100)), mth(leaves), hashes!.map(Buffer.from))).toBe(
    true,
  );
  for (const [method, request] of [
    [auditService.getInclusionProof, { index: toLong(300) }],
    [auditService.getConsistencyProof, { fromSize: toLong(5), toSize: toLong(999) }],
    [auditService.getTile, { level: 3, index: toLong(0) }],
    [auditService.getTile, { level: 0, index: toLong(2) }],
  ] as const)
    await expect(callUnary(client, method as never, request, viewer)).rejects.toMatchObject({
      code: 'AUDIT_RANGE',
    });
  await expect(callUnary(client, auditService.getCheckpoint, {}, new Metadata())).rejects.toThrow(
    /no valid token/,
  );
});

async function leavesOf(to: Gateway): Promise<Uint8Array[]> {
  const { rows } = await to.log.read({ from: 0, limit: 10_000, maxBytes: 1e9 });
  return rows.map(({ leaf }) => leaf);
}

test('the consistency of two trees is judged as the RFC does, for right and for wrong proofs', () => {
  const sizes = fc.tuple(fc.nat(70), fc.nat(70)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('none', 'flip', 'drop', 'add', 'root') });
  fc.assert(
    fc.property(sizes, change, ([from, to], { at, kind }) => {
      const leaves = Array.from({ length: to }, (_, n) => Buffer.from(`${n}`));
      const hashes = from === 0 ? [] : rfcProof(from, leaves).map((hash) => Buffer.from(hash));
      const newRoot = Buffer.from(mth(leaves));
      if (kind === 'flip' && hashes.length > 0) hashes[at % hashes.length]![at % 32]! ^= 1;
      else if (kind === 'drop' && hashes.length > 0) hashes.splice(at % hashes.length, 1);
      else if (kind === 'add') hashes.splice(at % (hashes.length + 1), 0, newRoot);
      else if (kind === 'root' && from > 0) newRoot[at % 32]! ^= 1;
      const oldRoot = mth(leaves.slice(0, from));
      const judged = isConsistent({ size: from, root: oldRoot }, { size: to, root: newRoot }, hashes);
      if (from === 0 || from === to) {
        const sameRoot = from === 0 || Buffer.compare(oldRoot, newRoot) === 0;
        expect(judged).toBe(hashes.length === 0 && sameRoot);
      } else expect(judged).toBe(verifyConsistency(from, to, oldRoot, newRoot, hashes));
    }),
    { numRuns: 2000 },
  );
});

interface Witnessed {
  log: Gateway;
  state: string;
  witness: Gateway;
}

async function witnessed(): Promise<Witnessed> {
  const state = stateDirectory();
  const { verifierKey } = openEvidence(state).audit;
  const witness = await gateway({ witnessOf: [verifierKey] });
  const log = await gateway({
    stateDirectory: state,
    checkpoints: {
      file: join(state, 'published'),
      witnesses: [{ address: witness.address, key: witness.witnessKey! }],
    },
  });
  return { log, state, witness };
}

test('a witness on another host is spoken to by TLS, and only if it is certified by the authority that was named', async () => {
  const served = { listenAlso: ['127.0.0.1:0'], tls: { trustDomain: 'warder.test', names: ['localhost'] } };
  const state = stateDirectory();
  const { verifierKey } = openEvidence(state).audit;
  const witness = await gateway({ ...served, witnessOf: [verifierKey] });
  const stranger = await gateway(served);
  const named = (authority: string | undefined) => ({
    witnesses: [{ address: witness.addresses[0]!, key: witness.witnessKey!, authority }],
  });
  for (const [authority, cosigns] of [
    [authorityOf(stranger), false],
    [undefined, false],
    [authorityOf(witness), true],
  ] as const) {
    const errors: string[] = [];
    const onError = ({ message }: Error) => errors.push(message);
    const log = await gateway({ stateDirectory: state, checkpoints: named(authority), onError });
    await filled(10, log);
    await log.stop();
    const evidence = openEvidence(state);
    const { size } = evidence.audit.latest()!;
    expect(evidence.audit.latestCosigned()?.size).toBe(cosigns ? size : undefined);
    await evidence.log.close();
    expect(errors.length > 0, errors.join()).toBe(!cosigns);
  }
});

test('a second gateway cosigns, verify demands it, and the signature is that of C2SP', async () => {
  const { log, state, witness } = await witnessed();
  const link = await uplink(log);
  await link.sendEvents(execEvents(50));
  await link.flush();
  await log.stop();
  const evidence = openEvidence(state);
  const text = await exported(evidence, { witnessed: true });
  const witnesses = [witness.witnessKey!];
  const report = await verified(text, { key: log.logKey, witnesses });
  expect(report).toMatchObject({ ok: true, to: 50, witnessed: [{ size: 50 }] });
  expect(report.witnessed[0]!.unixSeconds).toBeGreaterThan(1.7e9);
  expect(readFileSync(join(state, 'published'), 'utf8')).toContain(`${evidence.audit.origin}\n50\n`);

  // Checked from the specification alone: key id, timestamped signature, signed message.
  const note = evidence.audit.latestCosigned()!.note;
  const [, name = '', encoded = ''] = /\n\u2014 (\S+witness\S+) (\S+)\n$/.exec(note)!;
  const bytes = Buffer.from(encoded, 'base64');
  const material = Buffer.from(witness.witnessKey!.split('+').slice(2).join('+'), 'base64');
  expect([material.length, material[0], bytes.length]).toEqual([33, 4, 4 + 8 + 64]);
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: material.subarray(1).toString('base64url') },
  });
  const message = `cosignature/v1\ntime ${bytes.readBigUInt64BE(4)}\n${note.slice(0, note.indexOf('\n\n') + 1)}`;
  expect(name).toMatch(/^warder\.dev\/witness\/[0-9a-f]{32}$/);
  expect(verifyEd25519(null, Buffer.from(message), key, bytes.subarray(12))).toBe(true);

  // Events that came later are not the witness's word.
  await evidence.grow(5);
  const later5 = await verified(await exported(evidence), { witnesses });
  expect(later5.problems.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    expect.stringMatching(/^unwitnessed: .* has cosigned the first 50 events, not all 55$/),
  ]);
  const moved = text.replace(/(witness\/[0-9a-f]{32} )....../, '$1AAAAAA');
  expect((await verified(moved, { witnesses })).ok).toBe(false);
});

test('a log that forked is refused by its witness, and both say so in their logs', async () => {
  const { log, state, witness } = await witnessed();
  const link = await uplink(log);
  await link.sendEvents(execEvents(20));
  await link.flush();
  await log.stop();
  const copy = stateDirectory();
  cpSync(state, copy, { recursive: true });
  // The history goes on in one place …
  await openEvidence(state).grow(3);
  const witnesses = [{ address: witness.address, key: witness.witnessKey! }];
  await (await gateway({ stateDirectory: state, checkpoints: { witnesses } })).stop();
  const one = openEvidence(state);
  await one.grow(1);
  const errors: string[] = [];
  const again = await gateway({ stateDirectory: state, checkpoints: { witnesses }, recordsLifetime: true });
  await again.stop();
  expect(one.audit.latestCosigned()!.size).toBeGreaterThan(20);
  // … and otherwise in another, past the size that the witness knows.
  await openEvidence(copy).grow(40);
  const forked = await gateway({
    stateDirectory: copy,
    recordsLifetime: true,
    checkpoints: { witnesses },
    onError: (error) => errors.push((error as Error & { code: string }).code),
  });
  await forked.stop();
  expect(errors).toContain('WITNESS_FORK');
  const { events } = await readAll(witness, { filter: { kinds: ['gateway'] } });
  expect(events.map(({ event }) => event!.gateway!.action)).toEqual(['checkpoint.refused']);
  const own = await readAll(await gateway({ stateDirectory: copy }), { filter: { kinds: ['gateway'] } });
  expect(own.events.map(({ event }) => event!.gateway!.action)).toContain('checkpoint.refused');
}, 60_000);

test('a witness takes nothing from a stranger, nothing unsigned, and nothing out of turn', async () => {
  const evidence = openEvidence();
  await evidence.grow(10);
  const witness = await gateway({ witnessOf: [evidence.audit.verifierKey] });
  const client = clientOf(witness);
  const bring = (note: string, oldSize = 0, proof: Uint8Array[] = []) =>
    callUnary(
      client,
      witnessService.addCheckpoint,
      { oldSize: toLong(oldSize), proof, note },
      new Metadata(),
    );
  const first = evidence.audit.latest()!.note;
  const stranger = openEvidence();
  await expect(bring(await stranger.grow(1))).rejects.toMatchObject({ code: 'WITNESS_UNKNOWN' });
  await expect(bring(first.replace('\n10\n', '\n11\n'))).rejects.toMatchObject({ code: 'WITNESS_SIGNATURE' });
  await expect(bring(first, 11)).rejects.toMatchObject({ code: 'WITNESS_REQUEST' });
  await expect(bring(`${'x'.repeat(20_000)}`)).rejects.toMatchObject({ code: 'WITNESS_REQUEST' });
  await expect(bring('nonsense')).rejects.toMatchObject({ code: 'AUDIT_NOTE' });
  expect((await bring(first)).cosignature).toMatch(/^\u2014 warder\.dev\/witness\//);
  // The same again is no news, and is cosigned anew.
  expect(toNumber((await bring(first, 10)).size)).toBe(10);
  const second = await evidence.grow(5);
  const turn = await bring(second, 3, evidence.audit.consistency(3, 15));
  expect([turn.cosignature, toNumber(turn.size)]).toEqual(['', 10]);
  await expect(bring(second, 10, [])).rejects.toMatchObject({ code: 'WITNESS_FORK' });
  await expect(bring(second, 10, [])).rejects.toMatchObject({ code: 'WITNESS_FORK' });
  expect(toNumber((await bring(second, 10, evidence.audit.consistency(10, 15))).size)).toBe(15);
  await expect(bring(first, 15)).rejects.toMatchObject({ code: 'WITNESS_REQUEST' });
  expect(await witness.log.size()).toBe(1);
  const other = await gateway();
  await expect(
    callUnary(clientOf(other), witnessService.addCheckpoint, { note: first }, new Metadata()),
  ).rejects.toMatchObject({ code: 'WITNESS_UNKNOWN' });
});

test('a witness that is away holds nothing up, and has its turn when it is back', async () => {
  const state = stateDirectory();
  const evidence = openEvidence(state);
  const witnessState = stateDirectory();
  const witnessOf = [evidence.audit.verifierKey];
  const first = await gateway({ stateDirectory: witnessState, witnessOf });
  const endpoint = { address: first.address, key: first.witnessKey! };
  await first.stop();
  const errors: string[] = [];
  const log = await gateway({
    stateDirectory: state,
    checkpoints: { witnesses: [endpoint] },
    onError: (error) => errors.push((error as Error & { code: string }).code),
  });
  await evidence.grow(10);
  await log.stop();
  const again = await gateway({ stateDirectory: witnessState, witnessOf });
  const next = await gateway({
    stateDirectory: state,
    recordsLifetime: true,
    checkpoints: { witnesses: [{ ...endpoint, address: again.address }] },
  });
  await next.stop();
  await eventually('cosigned', () => (openEvidence(state).audit.latestCosigned()?.size ?? 0) > 10);
});

test('a witness key is made once and signs under the log\u2019s id', async () => {
  const state = stateDirectory();
  const evidence = openEvidence(state);
  const first = await gateway({ stateDirectory: state, witnessOf: [evidence.audit.verifierKey] });
  await first.stop();
  const second = await gateway({ stateDirectory: state, witnessOf: [evidence.audit.verifierKey] });
  expect(second.witnessKey).toBe(first.witnessKey);
  expect(openKeyFile(state, 'witness').id).not.toBe(openKeyFile(state, 'log').id);
});
