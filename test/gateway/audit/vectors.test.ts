/** docs/audit.md is true: its vectors come out of the code, and the schema leaves the canonical form no freedom. */
import { createPrivateKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { canonicalEvent, leafBytes, originBytes } from '../../../src/contract/canonical.ts';
import { toLong } from '../../../src/contract/int64.ts';
import { publicKeyObject, signingKey } from '../../../src/contract/keys.ts';
import { type Event, LoggedEvent } from '../../../src/contract/messages.ts';
import { signCheckpoint } from '../../../src/gateway/audit/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey } from '../../../src/gateway/audit/signed-note.ts';
import { mth } from '../rfc6962.ts';

const { Root, Type } = protobuf;

const page = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');

function vector(name: string): string {
  const text = new RegExp(`\n\`\`\`vector ${name}\n(.*?)\`\`\``, 's').exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/audit.md has no vector ${name}`);
  return text;
}

const bytes = (name: string): Buffer => Buffer.from(vector(name).replaceAll('\n', ''), 'hex');

const origin = {
  host: 'host-a',
  boot: 'b0070000-0000-4000-8000-000000000001',
  origin: '0a000000-0000-4000-8000-000000000002',
};
const whose = {
  agent: 'spiffe://warder.test/acme/payments/coder',
  run: '018f2d3e-0000-7000-8000-000000000001',
};
const events: Event[] = [
  {
    ...whose,
    sequence: toLong(1),
    timeUnixNs: toLong(1_767_225_600_000_000_000n),
    exec: { path: '/usr/bin/git', argv: ['git', 'status'] },
  },
  { ...whose, sequence: toLong(2), timeUnixNs: toLong(1_767_225_600_000_000_300n), exited: {} },
];

test('the leaves are those of the events, and read back as them', () => {
  events.forEach((event, at) => {
    const leaf = leafBytes(originBytes(origin), canonicalEvent(event));
    expect(leaf.toString('hex')).toBe(bytes(`leaf-${at}`).toString('hex'));
    const logged = LoggedEvent.decode(bytes(`leaf-${at}`));
    expect(logged).toMatchObject({ ...origin, event: { ...whose, sequence: event.sequence } });
  });
});

test('hashes and root are those of RFC 6962', () => {
  const leaves = [bytes('leaf-0'), bytes('leaf-1')];
  leaves.forEach((leaf, at) => {
    expect(mth([leaf])).toEqual(bytes(`leaf-hash-${at}`));
  });
  expect(mth(leaves)).toEqual(bytes('root'));
});

test('the checkpoint is signed with the key of RFC 8032', () => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes('secret-key')]);
  const key = signingKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  const name = 'warder.dev/log/0';
  expect(`${formatVerifierKey(name, key.publicKey)}\n`).toBe(vector('verifier-key'));
  expect(signCheckpoint({ origin: name, size: 2, root: bytes('root') }, key)).toBe(vector('checkpoint'));
  // And by hand: the signature is behind the four bytes of the key id, over the text up to the blank line.
  const [text = '', line = ''] = vector('checkpoint').split('\n\n');
  const signature = Buffer.from(line.trim().split(' ').at(-1)!, 'base64').subarray(4);
  const { publicKey } = parseVerifierKey(vector('verifier-key').trim());
  expect(verify(null, Buffer.from(`${text}\n`), publicKeyObject(publicKey), signature)).toBe(true);
});

test('an event holds nothing whose encoding is open: no packed field, map, float or optional scalar', () => {
  const root = new Root();
  root.resolvePath = (_, file) => fileURLToPath(new URL(`../../../proto/${file}`, import.meta.url));
  root.loadSync('warder/v1/event.proto').resolveAll();
  const seen = new Set<string>();
  const visit = (type: protobuf.Type): void => {
    if (seen.has(type.fullName)) return;
    seen.add(type.fullName);
    for (const field of type.fieldsArray) {
      const name = field.fullName;
      expect([name, field.map]).toEqual([name, false]);
      expect([name, /float|double|group/.test(field.type)]).toEqual([name, false]);
      // A scalar of its own oneof is what `optional` makes; a message needs none.
      const nested = field.resolvedType instanceof Type ? field.resolvedType : undefined;
      expect([name, field.partOf !== null && !nested]).toEqual([name, false]);
      const packable = field.repeated && !nested && field.type !== 'string' && field.type !== 'bytes';
      expect([name, packable]).toEqual([name, false]);
      if (nested) visit(nested);
    }
  };
  visit(root.lookupType('warder.v1.LoggedEvent'));
  expect(seen.size).toBeGreaterThan(10);
});
