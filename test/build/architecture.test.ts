/**
 * Imports point up: base <- contract <- kernel <- runtime and contract <- gateway, the command line on top. The
 * runtime and the gateway meet in the contract only, as they would on two hosts.
 */
import { expect, test } from 'vitest';
import { type Import, importsOf, read, sourcesUnder } from './imports.ts';

/** What a folder of src/ may import besides itself. A folder that is not here may not exist. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  contract: ['base'],
  kernel: ['base', 'contract'],
  runtime: ['base', 'contract', 'kernel'],
  gateway: ['base', 'contract'],
  console: ['base'],
  cli: ['base', 'contract', 'kernel', 'runtime', 'gateway'],
};

const folderOf = (path: string) => (path.startsWith('src/') ? path.split('/')[1] : undefined);

function violations(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from, to }) => {
      const [importer, imported] = [folderOf(from), folderOf(to)];
      if (importer === undefined || imported === undefined) return true;
      return imported !== importer && !MAY_IMPORT[importer]?.includes(imported);
    })
    .map(({ from, line, to }) => `${from}:${line} imports ${to}`);
}

test('no source file imports what lies above it or beside it', () => {
  const sources = sourcesUnder('src');
  expect(sources.length).toBeGreaterThan(10);
  expect(violations(sources.flatMap((file) => importsOf(file, read(file))))).toEqual([]);
});

test('every folder of src stands in the table', () => {
  const folders = new Set(sourcesUnder('src').map(folderOf));
  expect([...folders].filter((folder) => !Object.hasOwn(MAY_IMPORT, folder as string))).toEqual([]);
});

test.each([
  ["import { a } from '../runtime/a.ts';", 'src/gateway/x.ts:2 imports src/runtime/a.ts'],
  ["import type { A } from '../cli/a.ts';", 'src/gateway/x.ts:2 imports src/cli/a.ts'],
  ["export * from '../kernel/a.ts';", 'src/gateway/x.ts:2 imports src/kernel/a.ts'],
  ["const a = await import('../runtime/a.ts');", 'src/gateway/x.ts:2 imports src/runtime/a.ts'],
  ["import '../../test/a.ts';", 'src/gateway/x.ts:2 imports test/a.ts'],
  ["import {\n  a,\n} from '../runtime/a.ts';", 'src/gateway/x.ts:4 imports src/runtime/a.ts'],
])('the gateway may not write %j', (statement, complaint) => {
  expect(violations(importsOf('src/gateway/x.ts', `// first line\n${statement}\n`))).toEqual([complaint]);
});

test('the gateway may import the contract, its own folders and packages', () => {
  const source = "import '../contract/a.ts'; import './policy/b.ts'; import 'yaml';";
  expect(violations(importsOf('src/gateway/x.ts', source))).toEqual([]);
});
