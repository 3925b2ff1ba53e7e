/**
 * docs/troubleshooting.md: every message that Warder can fail with, as the source has it. After a change:
 *
 *     npx vitest run --project unit test/docs -u
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FIX_BY_CODE } from '../../src/kernel/kernel-error.ts';
import { codesOf, errorRows } from '../../tools/error-reference.ts';
import { AREAS, SYMPTOMS } from './troubleshooting.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/troubleshooting.md', import.meta.url));
const ADDON = Object.entries(FIX_BY_CODE).map(([code, fix]) => ({
  code,
  message: '… (the words of the step in the kernel that failed)',
  fix,
}));
const rows = [...errorRows(), ...ADDON].sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
const areaOf = (code: string): string => code.split('_')[0]!;

const HEAD = `# Troubleshooting, by message

A command that fails says what is wrong and what to do about it; services say the same in their log (\`journalctl -u warder-gateway\`), and RPCs carry the
code beside both. Below are the situations that people meet most, then every message there is, by the first word of its code. \`…\` stands for what is
filled in at the time. \`WARDER_DEBUG=1\` adds where in the source it was said. An \`internal error\` is a fault of Warder: please report it.

Written by \`npx vitest run --project unit test/docs -u\` from the source.
`;

const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

test('docs/troubleshooting.md has every message of the source', async () => {
  const symptoms = SYMPTOMS.map(({ seen, means }) => `**${seen}.** ${means}\n`);
  const areas = Object.entries(AREAS).map(([area, about]) => {
    const own = rows.filter(({ code }) => areaOf(code) === area);
    const lines = own.map(({ code, message, fix }) => `| \`${code}\` | ${cell(message)} | ${cell(fix)} |`);
    return `### ${area}\n\n${about}\n\n| code | message | what to do |\n|---|---|---|\n${lines.join('\n')}\n`;
  });
  const page = [HEAD, '## What people meet\n', ...symptoms, '## Every message\n', ...areas].join('\n');
  await expect(page).toMatchFileSnapshot(DOCUMENT);
});

test('every code of the source is told of, in an area that says what it is about', () => {
  const page = readFileSync(DOCUMENT, 'utf8');
  for (const code of codesOf()) expect(page).toContain(`| \`${code}\` |`);
  expect([...new Set(rows.map(({ code }) => areaOf(code)))].sort()).toEqual(Object.keys(AREAS).sort());
  expect(codesOf().length).toBeGreaterThan(150);
});

test('every code of the addon has something to do about it, or is one that should not happen', () => {
  const native = readdirSync('native').filter((name) => /\.(cc|h)$/.test(name));
  const codes = native.flatMap(
    (name) => readFileSync(`native/${name}`, 'utf8').match(/(?<=")KERNEL_[A-Z_]+(?=")/g) ?? [],
  );
  expect(codes.length).toBeGreaterThan(10);
  const told = new Set(rows.map(({ code }) => code));
  const faults = [...new Set(codes)].filter((code) => !told.has(code)).sort();
  expect(faults).toMatchInlineSnapshot(`
    [
      "KERNEL_ARGUMENT",
      "KERNEL_ASKER",
      "KERNEL_CLOSED",
      "KERNEL_CONTENT",
      "KERNEL_CONTROL",
      "KERNEL_DATAGRAM",
      "KERNEL_DRAIN",
      "KERNEL_HOST",
      "KERNEL_ITERATE",
      "KERNEL_LEASE",
      "KERNEL_LOCK",
      "KERNEL_MAP",
      "KERNEL_MAP_DELETE",
      "KERNEL_MAP_READ",
      "KERNEL_MEMORY",
      "KERNEL_NETWORK",
      "KERNEL_NOT_ATTACHED",
      "KERNEL_NOT_STARTED",
      "KERNEL_PROGRAM",
      "KERNEL_SOCKET",
      "KERNEL_SPAWN",
      "KERNEL_STARTED",
      "KERNEL_TERMINAL",
    ]
  `);
});

test('no message is without words, and none without something to do', () => {
  for (const { code, message, fix } of errorRows()) {
    expect(message.trim(), code).not.toBe('');
    expect(fix.trim(), `${code}: ${message}`).not.toBe('');
  }
});
