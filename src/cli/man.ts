/**
 * Man pages, made from what the commands and the configuration say of themselves: warder(1), one for each command, and
 * warder-gateway.yaml(5) and warder-runtime.yaml(5).
 *
 * Out: file names and man(7) source.
 */
import type { Option } from 'commander';
import { type CommandNode, commandTree, nodesOf } from './command-tree.ts';
import { GATEWAY_FILE, gatewaySchema } from './config/gateway.ts';
import { type DocumentedOption, optionsOf } from './config/option.ts';
import { RUNTIME_FILE, runtimeSchema } from './config/runtime.ts';
import { warderVersion } from './version.ts';

export async function manPages(): Promise<Map<string, string>> {
  const top = await commandTree();
  const pages = new Map([['warder.1', topPage(top)]]);
  for (const node of top.children) pages.set(`${dashed(node)}.1`, commandPage(node));
  pages.set('warder-gateway.yaml.5', configPage('gateway', GATEWAY_FILE, optionsOf(gatewaySchema)));
  pages.set('warder-runtime.yaml.5', configPage('runtime', RUNTIME_FILE, optionsOf(runtimeSchema)));
  return pages;
}

function topPage(top: CommandNode): string {
  const commands = top.children.flatMap((child) => [
    '.TP',
    `.BR ${dashed(child).replaceAll('-', '\\-')} (1)`,
    escaped(child.summary),
  ]);
  return page([
    heading(dashed(top), 1),
    ...section('NAME', [`warder \\- ${escaped(top.description)}`]),
    ...section('SYNOPSIS', ['.B warder', escaped(top.usage)]),
    ...section('COMMANDS', commands),
    ...section('OPTIONS', top.options.flatMap(optionLines)),
    ...notes(top),
    ...section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([name, says]) => ['.TP', `.B ${name}`, escaped(says)]),
    ),
    ...section('EXIT STATUS', [
      escaped(
        '0; 1 when a command failed or its answer is no; 2 for a faulty command line. warder run has its own.',
      ),
    ]),
    ...section('SEE ALSO', ['.BR warder-gateway.yaml (5),', '.BR warder-runtime.yaml (5)']),
  ]);
}

const ENVIRONMENT = [
  ['WARDER_STATE_DIR', 'State directory.'],
  ['WARDER_RUNTIME_SOCKET', 'Socket of the runtime that runs as a service.'],
  ['WARDER_TOKEN', 'A key for --gateway.'],
  ['WARDER_GATEWAY_CA', "PEM file with that gateway's authority."],
  ['WARDER_DEBUG', '1: stacks with faults.'],
  ['NO_COLOR', 'Anything: no colour.'],
] as const;

function commandPage(node: CommandNode): string {
  const below = [...nodesOf(node)].slice(1);
  return page([
    heading(dashed(node), 1),
    ...section('NAME', [`${dashed(node).replaceAll('-', '\\-')} \\- ${escaped(node.summary)}`]),
    ...section('SYNOPSIS', [`.B ${escaped(node.path)}`, escaped(node.usage)]),
    ...section('DESCRIPTION', [escaped(node.description), ...argumentLines(node)]),
    ...section('OPTIONS', node.options.flatMap(optionLines)),
    ...notes(node),
    ...below.flatMap((child) => [
      ...section(child.path.toUpperCase(), [
        `.B ${escaped(child.path)}`,
        escaped(child.usage),
        '.PP',
        escaped(child.description),
        ...argumentLines(child),
        ...child.options.flatMap(optionLines),
        ...notesLines(child),
      ]),
    ]),
    ...section('SEE ALSO', ['.BR warder (1)']),
  ]);
}

function configPage(service: string, file: string, options: readonly DocumentedOption[]): string {
  const lines = options.flatMap(({ path, form, fallback, variable, says }) => [
    '.TP',
    `.B ${escaped(path.join('.'))}`,
    escaped(
      `${plain(form)}. Left out: ${plain(fallback)}.${variable ? ` Environment: ${variable}.` : ''} ${plain(says)}`,
    ),
  ]);
  return page([
    heading(`warder-${service}.yaml`, 5),
    ...section('NAME', [`warder\\-${service}.yaml \\- configuration of the ${service} of Warder`]),
    ...section('SYNOPSIS', [`.I ${escaped(file)}`]),
    ...section('DESCRIPTION', [
      escaped('One YAML file. Check it without starting anything:'),
      ...example(`warder config check ${file}`),
    ]),
    ...section('OPTIONS', lines),
    ...section('SEE ALSO', [`.BR warder\\-${service} (1),`, '.BR warder-config (1)']),
  ]);
}

function heading(name: string, number: number): string {
  return `.TH ${name.toUpperCase()} ${number} "" "Warder ${warderVersion()}" "Warder"`;
}

function page(lines: readonly string[]): string {
  return `.\\" Written from the table of commands: do not edit.\n${lines.filter((line) => line !== '').join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function notes(node: CommandNode): string[] {
  return node.notes === '' ? [] : section('NOTES', notesLines(node));
}

/** Lines that are indented in the help stay as they are. */
function notesLines({ notes: text }: CommandNode): string[] {
  if (text === '') return [];
  return text.split('\n\n').flatMap((paragraph) => ['.PP', ...paragraphLines(paragraph)]);
}

function paragraphLines(paragraph: string): string[] {
  const lines = paragraph.split('\n');
  const at = lines.findIndex((line) => line.startsWith('  '));
  if (at < 0) return [escaped(paragraph)];
  return [
    ...(at > 0 ? [escaped(lines.slice(0, at).join('\n'))] : []),
    ...example(lines.slice(at).join('\n')),
  ];
}

function example(text: string): string[] {
  return ['.RS 4', '.EX', escaped(text), '.EE', '.RE'];
}

function argumentLines({ arguments: list }: CommandNode): string[] {
  return list
    .filter(({ description }) => description)
    .flatMap((argument) => ['.TP', `.I ${escaped(argument.name())}`, escaped(argument.description)]);
}

function optionLines({ flags, description, argChoices }: Option): string[] {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  return ['.TP', `.B ${escaped(flags)}`, escaped(`${description}${choices}`)];
}

function dashed({ path }: CommandNode): string {
  return path.replaceAll(' ', '-');
}

/** Markdown's code marks and links go. */
function plain(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
}

/** What man(7) would take for its own: backslashes, dashes, what is not ASCII, and a dot or quote that begins a line. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\0-\x7f]/gu,
      (one) => `\\[u${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^(?=[.'])/gm, '\\&');
}
