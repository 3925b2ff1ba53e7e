/**
 * Path patterns: `/a/b`, `/a/**`, `**\/name`, `**\/name/**`, `**\/*.ext` and `${variable}` in front.
 *
 * In:  the text of one pattern. Out: the pattern, or a fault that says which form to write. Nothing throws.
 * Paths are compared byte by byte with what the kernel resolved; no form of Unicode is folded into another.
 */
import { type Complaint, fault, type Parsed } from './complaint.ts';
import { LIMITS } from './limits.ts';
import { nearest } from './nearest.ts';
import type { FilePattern, ParseOptions, TreePattern } from './pattern.ts';

/** What a document may name. Each is set when a run starts. */
export const VARIABLES = ['workspace', 'home', 'run'] as const;
/** `terminal` is the agent's own and stands in built-in layers only. */
export type PathVariable = (typeof VARIABLES)[number] | 'terminal';

const FORMS = 'the forms are /a/b, /a/**, **/name, **/name/** and **/*.ext';

export function parsePathPattern(text: string, options: ParseOptions = {}): Parsed<FilePattern> {
  if (text.startsWith('**/')) return parseName(text);
  return parseTreePattern(text, options);
}

/** `/a/b` and `/a/**`, with or without a variable in front: the forms that unix sockets know as well. */
export function parseTreePattern(text: string, options: ParseOptions = {}): Parsed<TreePattern> {
  if (text.startsWith('${')) return parseWithVariable(text, options);
  if (!text.startsWith('/')) return { fault: relative(text) };
  return parseTree(text, null, text);
}

function parseName(text: string): Parsed<FilePattern> {
  const rest = text.slice('**/'.length);
  const name = rest.endsWith('/**') ? rest.slice(0, -'/**'.length) : rest;
  if (name === '' || name === '*' || name === '**')
    return fault(`'${text}' names nothing`, 'write /** for every path');
  if (name.includes('/')) {
    const last = name.split('/').findLast((part) => part !== '' && !part.includes('*')) ?? 'name';
    return fault(
      `'${text}' has more than one name behind **/`,
      `write **/${last}, or the whole path from / or from a variable; ${FORMS}`,
    );
  }
  if (name === '.' || name === '..')
    return fault(`'${text}' names no file`, `write a file's own name; ${FORMS}`);
  return name.startsWith('*') ? parseExtension(text, rest) : parseWholeName(text, name);
}

function parseWholeName(text: string, name: string): Parsed<FilePattern> {
  if (hasWildcard(name)) return fault(`'${text}' has a wildcard inside a name`, `${FORMS}: write names out`);
  const bytes = Buffer.byteLength(name);
  if (bytes > LIMITS.nameBytes) {
    return fault(
      `the name in '${text}' has ${bytes} bytes, at most ${LIMITS.nameBytes} can be kept`,
      'name a directory above it, or write the whole path',
    );
  }
  return { pattern: { kind: 'name', name } };
}

function parseExtension(text: string, rest: string): Parsed<FilePattern> {
  const extension = rest.slice(1);
  if (
    !extension.startsWith('.') ||
    extension.endsWith('.') ||
    extension.includes('/') ||
    hasWildcard(extension)
  ) {
    return fault(`'${text}' is no form that exists`, `behind **/* comes .ext and nothing else; ${FORMS}`);
  }
  const dots = extension.split('.').length - 1;
  if (dots > LIMITS.extensionDots) {
    return fault(
      `the extension in '${text}' has ${dots} dots, at most ${LIMITS.extensionDots} can be kept`,
      `write its end: **/*.${extension.split('.').slice(-LIMITS.extensionDots).join('.')}`,
    );
  }
  const bytes = Buffer.byteLength(extension);
  if (bytes > LIMITS.nameBytes) {
    return fault(
      `the extension in '${text}' has ${bytes} bytes, at most ${LIMITS.nameBytes} can be kept`,
      `write its last part: **/*.${extension.split('.').at(-1)}`,
    );
  }
  return { pattern: { kind: 'extension', extension } };
}

function parseWithVariable(text: string, options: ParseOptions): Parsed<TreePattern> {
  const match = /^\$\{([^}]*)\}(.*)$/s.exec(text);
  if (!match)
    return fault(`'${text}' opens a variable and does not close it`, 'write ${workspace}, with both braces');
  const [, name = '', rest = ''] = match;
  const known: readonly PathVariable[] = options.builtin ? [...VARIABLES, 'terminal'] : VARIABLES;
  const variable = known.find((candidate) => candidate === name);
  if (!variable) {
    const meant = nearest(name, VARIABLES);
    const all = VARIABLES.map((each) => `\${${each}}`).join(', ');
    return fault(
      `'${text}' has an unknown variable`,
      meant ? `write \${${meant}}${rest}` : `the variables are ${all}`,
    );
  }
  if (rest !== '' && !rest.startsWith('/')) {
    return fault(`'${text}' goes on behind its variable without a slash`, `write \${${name}}/${rest}`);
  }
  return parseTree(text, variable, rest);
}

function parseTree(text: string, variable: PathVariable | null, whole: string): Parsed<TreePattern> {
  const subtree = whole.endsWith('/**');
  const path = subtree ? whole.slice(0, -'/**'.length) : whole;
  const complaint = path === '' || path === '/' ? null : checkPath(text, path, variable === null);
  if (complaint) return { fault: complaint };
  if (path === '/' && subtree) return fault(`'${text}' has an empty part`, 'write /**');
  if (path === '/' && variable !== null) return fault(`'${text}' ends with a slash`, `write \${${variable}}`);
  return {
    pattern: {
      kind: subtree ? 'subtree' : 'exact',
      variable,
      path: path === '' && variable === null ? '/' : path,
    },
  };
}

function checkPath(text: string, path: string, whole: boolean): Complaint | null {
  if (hasWildcard(path)) return wildcard(text);
  if (path.includes('${')) {
    return {
      message: `'${text}' has a variable that is not in front`,
      fix: 'begin the pattern with the variable',
    };
  }
  if (path.endsWith('/')) {
    const bare = path.replace(/\/+$/, '');
    return {
      message: `'${text}' ends with a slash`,
      fix: `write ${bare} for itself, ${bare}/** for all under it`,
    };
  }
  const odd = path
    .slice(1)
    .split('/')
    .find((part) => part === '' || part === '.' || part === '..');
  if (odd !== undefined) {
    return {
      message: `'${text}' has ${odd === '' ? 'an empty part' : `a part '${odd}'`}`,
      fix: 'write the path as the kernel resolves it, without //, /./ and /../',
    };
  }
  const bytes = Buffer.byteLength(path);
  if (whole && bytes > LIMITS.pathBytes) {
    return {
      message: `the path of '${text}' has ${bytes} bytes, at most ${LIMITS.pathBytes} can be kept`,
      fix: 'name a directory further up: /a/**',
    };
  }
  return null;
}

/** `[` and `{` are wildcards only as a pair with something in between that a shell would expand. */
function hasWildcard(path: string): boolean {
  return /[*?]/.test(path) || /\[[^\]/]+\]/.test(path) || /\{[^}/]*[,.][^}/]*\}/.test(path);
}

function wildcard(text: string): Complaint {
  const before = text.slice(0, text.search(/\/[^/]*(?:[*?]|\[[^\]]+\]|\{)/));
  const extension = /\/\*(\.[^*?[\]{}/]+)$/.exec(text)?.[1];
  const tree = `write ${before}/** for all under ${before === '' ? '/' : before}`;
  return {
    message: `'${text}' has a wildcard that does not exist`,
    fix: `${extension ? `${tree}, or **/*${extension} for files of that kind anywhere` : tree}; ${FORMS}`,
  };
}

function relative(text: string): Complaint {
  const message = `'${text}' is a relative path`;
  if (text === '~' || text.startsWith('~/')) return { message, fix: `write \${home}${text.slice(1)}` };
  const shell = /^\$([A-Za-z_]+)(.*)$/s.exec(text);
  if (shell) {
    const variable = shell[1] === 'HOME' ? 'home' : 'workspace';
    return { message: `'${text}' has a variable of the shell`, fix: `write \${${variable}}${shell[2]}` };
  }
  const extension = /^\*(\.[^*?[\]{}/]+)$/.exec(text)?.[1];
  if (extension) return { message, fix: `write **/*${extension} for files of that kind anywhere` };
  if (text === '*' || text === '**')
    return { message: `'${text}' is no form that exists`, fix: 'write /** for every path' };
  if (hasWildcard(text)) return { message, fix: `begin with /; ${FORMS}` };
  const plain = text.replace(/^(?:\.\/)+/, '');
  const choices = [`\${workspace}/${plain}`, `/${plain}`];
  if (!plain.includes('/')) choices.push(`**/${plain}`);
  return { message, fix: `write ${choices.join(', or ')}` };
}

/** Values for variables: absolute real paths without `..`; `/` is never one. */
export type Variables = Partial<Record<PathVariable, string>>;

/** The path a tree pattern stands for, or null when its variable is not set. */
export function treePath(pattern: TreePattern, variables: Variables): string | null {
  if (pattern.variable === null) return pattern.path;
  const value = variables[pattern.variable];
  return value === undefined ? null : value + pattern.path;
}

/** Whether a tree at `root` holds `path`: the same, or for a subtree anything under it. */
export function treeContains(kind: TreePattern['kind'], root: string, path: string): boolean {
  if (kind === 'exact' || !path.startsWith(root)) return path === root;
  return path.length === root.length || root === '/' || path[root.length] === '/';
}
