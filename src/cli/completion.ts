/**
 * `warder completion SHELL`: what bash, zsh and fish ask for when a tab is pressed. Made from the table of commands; the
 * shell looks nothing up and starts nothing.
 */
import { Argument, Command } from 'commander';
import { type CommandNode, commandTree, nodesOf } from './command-tree.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const HELP = `
make install and the Debian package put these where the shells look for them.

Examples:
  source <(warder completion bash)
  warder completion zsh > ~/.zfunc/_warder
  warder completion fish > ~/.config/fish/completions/warder.fish`;

export function completionCommand(): Command {
  return new Command('completion')
    .description('Write the completion script of a shell.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => void process.stdout.write(await completionScript(shell)));
}

export async function completionScript(shell: Shell): Promise<string> {
  const nodes = [...nodesOf(await commandTree())];
  return { bash, zsh, fish }[shell](nodes);
}

/** What a place takes: a file, a directory, one of some words, or what nobody can guess. */
type Takes = 'files' | 'directories' | readonly string[];

function takesOf(form: string, choices: readonly string[] | undefined): Takes {
  if (choices) return choices;
  if (/<(file|path|policy|key)/.test(form) || /\[file/.test(form)) return 'files';
  return /<(dir|directory|folder)/.test(form) ? 'directories' : [];
}

interface ValueOption {
  names: string[];
  takes: Takes;
}

function valueOptions({ options }: CommandNode): ValueOption[] {
  return options
    .filter(({ required, optional }) => required || optional)
    .map(({ flags, short, long, argChoices }) => ({
      names: [short, long].filter((name) => name !== undefined),
      takes: takesOf(flags, argChoices),
    }));
}

function optionNames({ options }: CommandNode): string[] {
  return options.flatMap(({ long, short }) => long ?? short ?? []);
}

function argumentTakes(node: CommandNode): Takes {
  const [first] = node.arguments;
  return first ? takesOf(`<${first.name()}>`, first.argChoices) : [];
}

function nameOf({ path }: CommandNode): string {
  return path.split(' ').at(-1)!;
}

function single(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function bash(nodes: readonly CommandNode[]): string {
  const takes = (what: Takes) => {
    if (what === 'files') return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))';
    if (what === 'directories') return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))';
    return `COMPREPLY=($(compgen -W ${single(what.join(' '))} -- "$cur"))`;
  };
  const paths = nodes.slice(1).map(({ path }) => single(path));
  const values = nodes.flatMap((node) =>
    valueOptions(node).map(
      ({ names, takes: what }) =>
        `    ${names.map((name) => single(`${node.path} ${name}`)).join('|')}) ${takes(what)}; return ;;`,
    ),
  );
  const words = nodes.map((node) => {
    const own = node.children.length > 0 ? node.children.map(nameOf) : argumentTakes(node);
    return `    ${single(node.path)}) if [[ $cur == -* ]]; then ${takes(optionNames(node))}; else ${takes(own)}; fi ;;`;
  });
  return `# bash completion of warder; written by: warder completion bash
_warder() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path=warder word at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == -- ]]; then
      # The agent's own command line.
      if ((at + 1 == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$cur")); else compopt -o default; fi
      return
    fi
    case "$path $word" in
    ${paths.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path $prev" in
${values.join('\n')}
  esac
  case $path in
${words.join('\n')}
  esac
}
complete -F _warder warder
`;
}

function zsh(nodes: readonly CommandNode[]): string {
  const takes = (what: Takes) => {
    if (what === 'files') return '_files';
    if (what === 'directories') return '_files -/';
    return what.length > 0 ? `compadd -- ${what.map(single).join(' ')}` : '_message "no completion"';
  };
  const described = (rows: readonly (readonly [name: string, says: string])[]) =>
    rows.map(([name, says]) => single(`${name}:${says.replaceAll(':', '\\:')}`)).join(' ');
  const paths = nodes.slice(1).map(({ path }) => single(path));
  const values = nodes.flatMap((node) =>
    valueOptions(node).map(
      ({ names, takes: what }) =>
        `    ${names.map((name) => `(${single(`${node.path} ${name}`)})`).join('|')}) ${takes(what)}; return ;;`,
    ),
  );
  const words = nodes.map((node) => {
    const options = described(node.options.map((one) => [one.long ?? one.short ?? '', one.description]));
    const children = described(node.children.map((child) => [nameOf(child), child.summary]));
    const own =
      node.children.length > 0
        ? `_values=(${children}); _describe command _values`
        : takes(argumentTakes(node));
    return `    (${single(node.path)}) if [[ $cur == -* ]]; then _values=(${options}); _describe option _values; else ${own}; fi ;;`;
  });
  return `#compdef warder
# zsh completion of warder; written by: warder completion zsh
_warder() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} path_=warder word
  local -a _values
  local -i at
  for ((at = 2; at < CURRENT; at++)); do
    word=\${words[at]}
    if [[ $word == -- ]]; then
      shift $at words; ((CURRENT -= at)); _normal; return
    fi
    case "$path_ $word" in
    (${paths.join('|')}) path_="$path_ $word" ;;
    esac
  done
  case "$path_ $prev" in
${values.join('\n')}
  esac
  case $path_ in
${words.join('\n')}
  esac
}
if [[ $funcstack[1] == _warder ]]; then _warder "$@"; else compdef _warder warder; fi
`;
}

function fish(nodes: readonly CommandNode[]): string {
  const at = (node: CommandNode) => `-n ${single(`__warder_at ${single(node.path).replaceAll("'", '"')}`)}`;
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap((node) => {
    const children = node.children.map(
      (child) => `complete -c warder ${at(node)} -f -a ${nameOf(child)} -d ${quoted(child.summary)}`,
    );
    const options = node.options.map(
      ({ long, short, description, required, optional, flags, argChoices }) => {
        const takes = required || optional ? takesOf(flags, argChoices) : undefined;
        const value =
          takes === undefined
            ? ''
            : takes === 'files'
              ? ' -r -F'
              : takes === 'directories'
                ? " -x -a '(__fish_complete_directories)'"
                : ` -x -a ${quoted(takes.join(' '))}`;
        const names = [long && `-l ${long.slice(2)}`, short && `-s ${short.slice(1)}`]
          .filter(Boolean)
          .join(' ');
        return `complete -c warder ${at(node)} ${names}${value} -d ${quoted(description)}`;
      },
    );
    const own = argumentTakes(node);
    const argument =
      own === 'files'
        ? [`complete -c warder ${at(node)} -F`]
        : Array.isArray(own) && own.length > 0
          ? [`complete -c warder ${at(node)} -f -a ${quoted(own.join(' '))}`]
          : [];
    return [...children, ...options, ...argument];
  });
  const paths = nodes.slice(1).map(({ path }) => single(path));
  return `# fish completion of warder; written by: warder completion fish
function __warder_at
    set -l path warder
    for word in (commandline -opc)[2..]
        test "$word" = --; and return 1
        contains -- "$path $word" ${paths.join(' ')}; and set path "$path $word"
    end
    test "$path" = "$argv[1]"
end
complete -c warder -f
${lines.join('\n')}
`;
}
