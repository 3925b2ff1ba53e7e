/** A file of several documents, taken apart: each part says what that document said, comments and all. */
import { expect, test } from 'vitest';
import { splitDocuments } from '../../../src/gateway/documents/split.ts';
import { parsePolicyFile } from '../../../src/gateway/policy/document.ts';

const one = (name: string) =>
  `apiVersion: warder.dev/v1\nkind: Policy\nmetadata: {name: ${name}, scope: fleet}\nspec: {mode: enforce, exec: []}\n`;

test.each([
  ['one document', one('a'), 1],
  ['a marker in front', `---\n${one('a')}`, 1],
  ['comments in front of the marker', `# whose\n---\n${one('a')}`, 1],
  ['two', `${one('a')}---\n${one('b')}`, 2],
  ['an empty one between', `${one('a')}---\n# nothing\n---\n${one('b')}---\n`, 2],
  ['comments of the second', `${one('a')}# of b\n---\n${one('b')}`, 2],
  ['a marker with a comment', `${one('a')}--- # next\n${one('b')}`, 2],
  ['an end marker', `${one('a')}...\n---\n${one('b')}`, 2],
  ['nothing', '# only words\n', 0],
])('%s', (_, text, count) => {
  const parts = splitDocuments(text);
  expect(parts).toHaveLength(count);
  const whole = parsePolicyFile(text, 'f').documents;
  const apart = parts.flatMap((part) => parsePolicyFile(part, 'f').documents);
  expect(apart.map(({ name }) => name)).toEqual(whole.map(({ name }) => name));
});

test('a comment stays with the document that it stands in', () => {
  const [first, second] = splitDocuments(`${one('a')}# why\n---\n# of b\n${one('b')}`);
  expect(first).toContain('# why');
  expect(second).toContain('# of b');
});
