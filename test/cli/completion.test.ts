/** Completion as the shells really do it, and man pages that say what there is. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandTree, nodesOf } from '../../src/cli/command-tree.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { completionScript } from '../../src/cli/completion.ts';
import { manPages } from '../../src/cli/man.ts';

function shell(program: string, words: string[], script: string): string[] {
  const { status, stdout, stderr } = spawnSync(program, words, { input: script, encoding: 'utf8', cwd: '/' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
}

const ASKED: [line: string, has: string[], hasNot: string[]][] = [
  ['warder po', ['policy'], ['run', 'ps']],
  ['warder policy ', ['check', 'explain', 'test'], ['policy', 'run']],
  ['warder ps --', ['--json', '--state'], ['--policy']],
  ['warder completion ', ['bash', 'zsh', 'fish'], ['run']],
  ['warder policy check /et', ['/etc'], []],
  ['warder run --policy /et', ['/etc'], []],
  ['warder host token --', ['--valid', '--help'], ['--once']],
];

async function bash(line: string): Promise<string[]> {
  const words = line.split(' ');
  const script = `${await completionScript('bash')}
    compopt() { :; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _warder; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shell('bash', ['--norc'], script);
}

async function fish(line: string): Promise<string[]> {
  const script = `${await completionScript('fish')}\ncomplete -C '${line}'`;
  const found = shell('fish', ['-N', '-c', script], '');
  return found.map((row) => row.split('\t')[0]!.replace(/\/$/, ''));
}

/** Without a line editor: what the functions of its completion system would be given. */
async function zsh(line: string): Promise<string[]> {
  const words = line.split(' ');
  const script = `
    compdef() { :; }
    compadd() { shift; print -l -- "$@" }
    _describe() { local -a rows; rows=("\${(@P)2}"); print -l -- "\${(@)rows%%:*}" }
    _files() { print -l -- \${words[CURRENT]}*(N) }
    ${await completionScript('zsh')}
    words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
    _warder`;
  const last = words.at(-1)!;
  return shell('zsh', ['-f'], script).filter((word) => word.startsWith(last));
}

const SHELLS = { bash, fish, zsh };

test.each(Object.entries(SHELLS).flatMap(([name, ask]) => ASKED.map((asked) => ({ name, ask, asked }))))(
  '$name: $asked.0',
  async ({ ask, asked: [line, has, hasNot] }) => {
    const offered = await ask(line);
    expect(offered).toEqual(expect.arrayContaining(has));
    for (const word of hasNot) expect(offered).not.toContain(word);
  },
);

test("behind -- it is the agent's command line", async () => {
  expect(await bash('warder run -- warder-no-such')).toEqual([]);
  expect(await bash('warder run -- ca')).toContain('cat');
});

test('every command, subcommand and option stands in a man page; every command has a page', async () => {
  const pages = await manPages();
  expect([...pages.keys()].filter((name) => name.endsWith('.1')).length).toBe(COMMANDS.length + 1);
  const text = (name: string) => pages.get(name)!.replaceAll('\\-', '-');
  for (const node of nodesOf(await commandTree())) {
    const page = text(`${node.path.split(' ').slice(0, 2).join('-')}.1`);
    expect(page).toContain(node.path);
    for (const { flags } of node.options) expect(page).toContain(`.B ${flags}`);
  }
  expect(text('warder-runtime.yaml.5')).toContain('.B adopt[].agent');
});

test('what man would take for a request of its own is not one', async () => {
  for (const [name, page] of await manPages()) {
    const requests = new Set(page.split('\n').flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []));
    for (const request of requests) {
      expect(['TH', 'SH', 'TP', 'PP', 'B', 'BR', 'I', 'RS', 'RE', 'EX', 'EE', '\\"'], name).toContain(
        request,
      );
    }
    expect(page, name).toMatch(/^[\n\x20-\x7e]*$/);
  }
});
