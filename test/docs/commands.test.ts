/** Commands in the docs, in sentences too, name commands and options that there are. test/guides runs those in blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CommandNode, commandTree, nodesOf } from '../../src/cli/command-tree.ts';

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

test('the help of every command has examples, of commands and options that there are', () => {
  const all = [...nodesOf(tree)].filter(({ path }) => path !== 'warder');
  expect(
    all.filter(({ notes }) => !/^(\w.* )?[Ee]xamples?(, [^\n]*)?:$/m.test(notes)).map(({ path }) => path),
  ).toEqual([]);
  const lines = all.flatMap(({ path, notes }) =>
    [...notes.matchAll(/^ {2}(?:sudo )?warder ([^\n]*)$/gm)].map(([, rest = '']) => ({
      page: path,
      words: wordsOf(rest),
    })),
  );
  expect(lines.length).toBeGreaterThan(60);
  expect(lines.flatMap((line) => faultOf(line) ?? [])).toEqual([]);
});

test('the check finds what is wrong', () => {
  expect(faultOf({ page: '', words: ['rnu', '--policy', 'x'] })).toBe('no command is called rnu');
  expect(faultOf({ page: '', words: ['run', '--polcy', 'x'] })).toBe('warder run has no --polcy');
  expect(PAGES.flatMap(linesOf).length).toBeGreaterThan(100);
});

test('every example policy has tests, and they are run by the page', () => {
  const page = readFileSync('docs/agents.md', 'utf8');
  const policies = readdirSync('examples/policies').filter((name) => !name.endsWith('.test.yaml'));
  expect(policies.length).toBeGreaterThanOrEqual(4);
  for (const name of policies) expect(page).toContain(`warder policy test examples/policies/${name}\n`);
});
