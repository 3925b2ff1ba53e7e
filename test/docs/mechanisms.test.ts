/**
 * What README.md and docs/threat-model.md claim of hosts is what the runtime goes by: the tables there are made
 * here, from the programs in bpf/ and src/kernel/mechanisms.ts. After a change of those:
 *
 *     UPDATE_DOCS=1 npx vitest run --project unit test/docs/mechanisms.test.ts
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Mechanism, mechanisms } from '../../src/kernel/mechanisms.ts';
import { behindWalls } from '../../src/runtime/walls/strength.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Program {
  name: string;
  lsm: boolean;
}

const PROGRAMS: Program[] = readdirSync(new URL('bpf/', ROOT))
  .filter((name) => name.endsWith('.bpf.c'))
  .flatMap((name) => [...read(`bpf/${name}`).matchAll(/^SEC\("([^"]+)"\)\n.*?\b((?:on|guard)_\w+)/gm)])
  .map(([, section = '', name = '']) => ({ name, lsm: section.startsWith('lsm') }));

const everything = mechanisms(PROGRAMS.map(({ name }) => name));
const withoutLsm = mechanisms(PROGRAMS.filter(({ lsm }) => !lsm).map(({ name }) => name));
const walled = behindWalls(withoutLsm, { lines: [['local-sockets']], unenforced: [] });

function cell({ strength, gaps }: Mechanism): string {
  return gaps.length === 0 ? strength : `${strength}; unmeasured: ${gaps.join(', ')}`;
}

const rows = everything.map((mechanism, index) => ({
  category: mechanism.category,
  lsm: mechanism,
  walls: walled[index]!,
  programs: withoutLsm[index]!,
}));

const MARKED = /(?<=<!-- hosts: begin -->\n)[\s\S]*?(?=<!-- hosts: end -->)/;

/** What stands between the two marks of a page; put there first when the docs are to be updated. */
function tableOf(path: string, table: string): string {
  const page = read(path);
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(
      new URL(path, ROOT),
      page.replace(MARKED, () => `\n${table}\n\n`),
    );
  }
  return MARKED.exec(read(path))?.[0].trim() ?? 'no marks in the page';
}

test('the table of README.md', () => {
  const table = [
    '| | with BPF LSM | without, behind walls |',
    '|---|---|---|',
    ...rows.map(({ category, lsm, walls }) => `| ${category} | ${cell(lsm)} | ${cell(walls)} |`),
  ].join('\n');
  expect(tableOf('README.md', table)).toBe(table);
});

test('the table of docs/threat-model.md', () => {
  const told = (mechanism: Mechanism) => `${cell(mechanism)} (${mechanism.by || 'nothing sees it'})`;
  const table = [
    '| | BPF LSM | no BPF LSM, behind walls | no BPF LSM, no walls |',
    '|---|---|---|---|',
    ...rows.map(
      ({ category, lsm, walls, programs }) =>
        `| ${category} | ${told(lsm)} | ${told(walls)} | ${told(programs)} |`,
    ),
  ].join('\n');
  expect(tableOf('docs/threat-model.md', table)).toBe(table);
});

test('the programs are found in bpf/', () => {
  expect(PROGRAMS.filter(({ lsm }) => lsm).length).toBeGreaterThan(10);
  expect(PROGRAMS.filter(({ lsm }) => !lsm).length).toBeGreaterThan(10);
});
