/**
 * Commands in the docs: each names commands and options that there are. Those in `sh` blocks of docs/agents.md are run
 * as they stand there.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type CommandNode, commandTree, nodesOf } from '../../src/cli/command-tree.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PAGES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
/** Written from the commands themselves. */
const GENERATED = 'docs/cli.md';

interface Line {
  page: string;
  words: string[];
}

/** Lines that are indented or in a block, or code in a sentence, that begin with warder: behind sudo, a prompt, variables. */
function linesOf(page: string): Line[] {
  const text = readFileSync(page, 'utf8');
  const found = [
    ...text.matchAll(
      /^(?: {4}|\t)?(?:[a-z0-9-]+\$ )?(?:[A-Z_]+=\S+ )*(?:sudo )?(?:\.\/)?(?:bin\/)?warder ([^\n]*)$/gm,
    ),
    ...text.matchAll(/`(?:sudo )?warder ([a-z][^`\n]*)`/g),
  ];
  return found.map(([, rest = '']) => ({ page, words: wordsOf(rest) }));
}

/** Up to what is no longer Warder's: the agent's command, another program, a file, a remark. */
function wordsOf(text: string): string[] {
  const words = text.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  const end = words.findIndex((word) => /^(--|\||\|\||&&|>|>>|<|#|…|;)$/.test(word) || /^[<>|#]/.test(word));
  return end < 0 ? words : words.slice(0, end);
}

const tree = await commandTree();
const byPath = new Map([...nodesOf(tree)].map((node) => [node.path, node]));

/** The command that the first words name. */
function nodeOf(words: readonly string[]): { node: CommandNode; rest: readonly string[] } {
  let node = tree;
  let used = 0;
  for (const word of words) {
    const child = byPath.get(`${node.path} ${word}`);
    if (!child) break;
    node = child;
    used++;
  }
  return { node, rest: words.slice(used) };
}

function faultOf({ words }: Line): string | undefined {
  if (words.length === 0 || words[0]!.startsWith('-')) return undefined;
  // In a sentence: a word of a command in capitals or with a bar stands for several.
  if (/[A-Z|]/.test(words[0]!)) return undefined;
  const { node, rest } = nodeOf(words);
  if (node === tree) return `no command is called ${words[0]}`;
  const flags = new Set(node.options.flatMap(({ long, short }) => [long, short]));
  for (const word of rest) {
    const [flag = ''] = word.replace(/[[\]…,.)]+/g, '').split('=');
    if (/^--?[a-zA-Z]/.test(flag) && !flags.has(flag)) return `${node.path} has no ${flag}`;
  }
  return undefined;
}

test.each(PAGES.filter((page) => page !== GENERATED))(
  '%s names commands and options that there are',
  (page) => {
    const faults = linesOf(page).flatMap((line) => {
      const fault = faultOf(line);
      return fault ? [`warder ${line.words.join(' ')}: ${fault}`] : [];
    });
    expect(faults).toEqual([]);
  },
);

test('the check finds what is wrong', () => {
  expect(faultOf({ page: '', words: ['rnu', '--policy', 'x'] })).toBe('no command is called rnu');
  expect(faultOf({ page: '', words: ['run', '--polcy', 'x'] })).toBe('warder run has no --polcy');
  expect(PAGES.flatMap(linesOf).length).toBeGreaterThan(100);
});

const RUN = [...readFileSync('docs/agents.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

test.each(RUN)('%s', (line) => {
  expect(line).toMatch(/^warder /);
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...line.split(' ').slice(1)], {
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  // explain's answer is no: that is what it is asked for.
  expect({ status, stderr }).toEqual({ status: line.includes(' explain ') ? 1 : 0, stderr: '' });
  expect(stdout).not.toBe('');
});

test('every example policy has tests, and they are run by the page', () => {
  const policies = readdirSync('examples/policies').filter((name) => !name.endsWith('.test.yaml'));
  expect(policies.length).toBeGreaterThanOrEqual(4);
  for (const name of policies) expect(RUN).toContain(`warder policy test examples/policies/${name}`);
});
