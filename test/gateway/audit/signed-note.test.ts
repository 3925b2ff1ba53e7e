/** Signed notes and checkpoints: against the examples of their specifications, and for what is none. */
import { expect, test } from 'vitest';
import { generateSigningKey } from '../../../src/contract/keys.ts';
import { openCheckpoint, signCheckpoint } from '../../../src/gateway/audit/checkpoint.ts';
import { leafHash } from '../../../src/gateway/audit/merkle.ts';
import {
  formatVerifierKey,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
} from '../../../src/gateway/audit/signed-note.ts';

/** From C2SP signed-note, and from the documentation of golang.org/x/mod/sumdb/note. */
const PUBLISHED: [string, string][] = [
  [
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  ],
  [
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  ],
];

test.each(PUBLISHED)('the published note of %s opens', (vkey, note) => {
  const key = parseVerifierKey(vkey);
  expect(openNote(note, key)).toBe(note.slice(0, note.indexOf('\n\u2014')));
  expect(formatVerifierKey(key.name, key.publicKey)).toBe(vkey);
  expect(() => openNote(note.replace('is ', 'is  '), key)).toThrow(/does not fit the text/);
});

const key = generateSigningKey();
const vkey = parseVerifierKey(formatVerifierKey('warder.dev/log/1', key.publicKey));

test('what is signed opens, also below signatures of others; a changed text or signature does not', () => {
  const note = signNote('one\n\ntwo\n', 'warder.dev/log/1', key);
  expect(openNote(note, vkey)).toBe('one\n\ntwo\n');
  const witness = signNote('one\n\ntwo\n', 'witness', generateSigningKey()).split('\n').at(-2)!;
  expect(openNote(`${note}${witness}\n`, vkey)).toBe('one\n\ntwo\n');
  expect(() => openNote(note.replace('one', 'onE'), vkey)).toThrow(/does not fit the text/);
  expect(() => openNote(`one\n\n${witness}\n`, vkey)).toThrow(
    /not signed by warder.dev\/log\/1\+[0-9a-f]{8}, but by witness\+/,
  );
});

test('a good signature beside a false one of the same key is none', () => {
  const note = signNote('one\n', 'warder.dev/log/1', key);
  const other = signNote('two\n', 'warder.dev/log/1', key).split('\n').at(-2)!;
  expect(() => openNote(`${note}${other}\n`, vkey)).toThrow(/does not fit the text/);
});

test.each([
  ['', 'empty'],
  ['text\n', 'no signature'],
  ['text\n\n\u2014 name AAAAAAAA', 'no last newline'],
  ['text\n\n- name AAAAAAAA\n', 'another dash'],
  ['text\n\n\u2014 na+me AAAAAAAA\n', 'a plus in the name'],
  ['text\n\n\u2014 name AAAA\n', 'no signature behind the key id'],
  ['text\n\n\u2014 name AAAAAAB\n', 'base64 that is not canonical'],
  ['te\rxt\n\n\u2014 name AAAAAAAA\n', 'a control character'],
])('%j is no note: %s', (note) => {
  expect(() => parseNote(note)).toThrow(/not a signed note/);
});

test.each([
  '',
  'a',
  'a+00000000+AA==',
  PUBLISHED[0]![0].replace('530d', '530e'),
  PUBLISHED[0]![0].slice(0, -1),
  `${PUBLISHED[0]![0]} `,
])('%j is no verifier key', (text) => {
  expect(() => parseVerifierKey(text)).toThrow(/is not a verifier key/);
});

test('a checkpoint survives its note; a note of other text is none', () => {
  const checkpoint = { origin: 'warder.dev/log/1', size: 20_852_163, root: leafHash(Buffer.from('x')) };
  const note = signCheckpoint(checkpoint, key);
  expect(note.split('\n').slice(0, 4)).toEqual([
    'warder.dev/log/1',
    '20852163',
    checkpoint.root.toString('base64'),
    '',
  ]);
  expect(openCheckpoint(note, vkey)).toEqual(checkpoint);
  for (const text of [
    'a\n1\n',
    'a\n01\nAAAA\n',
    `a\n1\n${'A'.repeat(43)}\n`,
    `\n1\n${'A'.repeat(43)}=\n`,
    'a\n-1\nx\n',
  ]) {
    expect(() => openCheckpoint(signNote(text, 'warder.dev/log/1', key), vkey)).toThrow(/is no checkpoint/);
  }
});
