/** docs/rpc.md is what proto/ says of itself. After a change: npx vitest run --project unit test/docs -u */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ACCESS } from '../../src/gateway/access-table.ts';
import { KINDS } from '../../src/gateway/store/entry.ts';
import { rpcReference } from '../../tools/rpc-reference.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/rpc.md', import.meta.url));
const page = rpcReference(ACCESS);

test('docs/rpc.md is what the comments of proto/ say, and nothing there is without a comment', async () => {
  await expect(page).toMatchFileSnapshot(DOCUMENT);
});

test('every RPC that the gateway answers is on the page, and every type that is named has its section', () => {
  const served = Object.keys(ACCESS).filter((path) => path.startsWith('/warder.v1.'));
  for (const path of served) expect(page).toContain(`| \`${path.split('/')[2]}\` |`);
  const anchors = new Set(
    [...page.matchAll(/^### (\S+)/gm)].map(([, name]) => name!.toLowerCase().replaceAll('.', '')),
  );
  for (const [, anchor] of page.matchAll(/\]\(#([a-z]+)\)/g)) expect(anchors).toContain(anchor);
});

test('the kinds of events that a filter can name are told with it, all of them', () => {
  const [row = ''] = page.match(/^\| \d+ \| `kinds` \| .*$/m) ?? [];
  expect([...row.matchAll(/"(\w+)"/g)].map(([, kind]) => kind)).toEqual(KINDS.slice(1));
});
