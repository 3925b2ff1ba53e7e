/**
 * Whether one pattern takes in an action, by plain comparison of strings and addresses.
 *
 * A pattern's path stands for itself, or for the roots that a host's links give it.
 */
import type { Action } from '../../contract/action.ts';
import { connectedAddress, isPublic, prefixContains } from '../../contract/address.ts';
import { treeContains, treePath, type Variables } from '../../contract/path-pattern.ts';
import type { HostPattern, Pattern, Ports, TreePattern } from '../../contract/pattern.ts';

export interface Places {
  variables: Variables;
  homes: readonly string[];
}

export interface Matcher {
  test(action: Action): boolean;
  /** Length of the longest of its trees that holds the path; 0 for none. */
  depth(path: string): number;
  /** For patterns by name or extension: the same for two that mean the same. */
  name: string | null;
  /** A pattern by content. */
  content?: true;
  /** Paths that it stands for: it takes in nothing that is neither one of them nor under one. Left out: any. */
  roots?: readonly string[];
  /** Whether each root stands for itself, or for all under it too; with `roots`. */
  takes?: TreePattern['kind'];
}

/** @param roots what a pattern by path stands for on a host */
export function matcher(
  pattern: Pattern,
  places: Places,
  builtin: boolean,
  roots?: readonly string[],
): Matcher {
  switch (pattern.kind) {
    case 'exact':
    case 'subtree':
      return treeMatcher(pattern, roots ?? writtenRoots(pattern, places, builtin), (action) =>
        'path' in action ? action.path : null,
      );
    case 'unix':
      return treeMatcher(pattern.target, roots ?? writtenRoots(pattern.target, places, builtin), (action) =>
        'unix' in action ? action.unix : null,
      );
    case 'name': {
      const [last, inside] = [`/${pattern.name}`, `/${pattern.name}/`];
      return byTest(
        fileTest((path) => path.endsWith(last) || path.includes(inside)),
        `name ${pattern.name}`,
      );
    }
    case 'extension':
      return byTest(
        fileTest((path) => path.endsWith(pattern.extension)),
        `extension ${pattern.extension}`,
      );
    case 'sha256':
      return {
        ...byTest((action) => 'path' in action && action.sha256 === pattern.digest),
        content: true,
      };
    case 'abstract':
      return byTest((action) => 'unix' in action && action.unix === `@${pattern.name}`);
    case 'privilege':
      return byTest((action) => action.category === 'privileged' && action.privilege === pattern.privilege);
    case 'address':
      return byTest((action) => {
        if (!('port' in action) || action.address === null || !portsHold(pattern, action)) return false;
        const bytes = action.category === 'connect' ? connectedAddress(action.address) : action.address;
        return prefixContains(pattern.bytes, pattern.prefix, bytes);
      });
    case 'host':
      return byTest((action) => {
        if (!('port' in action) || action.host === undefined || !portsHold(pattern, action)) return false;
        return hostMatches(pattern, action.host) && (action.address === null || isPublic(action.address));
      });
  }
}

function byTest(test: (action: Action) => boolean, name: string | null = null): Matcher {
  return { test, depth: () => 0, name };
}

function fileTest(test: (path: string) => boolean): (action: Action) => boolean {
  return (action) => 'path' in action && test(action.path);
}

function writtenRoots(pattern: TreePattern, { variables, homes }: Places, builtin: boolean): string[] {
  const every = builtin && pattern.variable === 'home';
  const values = every ? [...new Set([variables.home, ...homes])] : [variables.home];
  return values.flatMap((home) => {
    const path = treePath(pattern, home === undefined ? variables : { ...variables, home });
    return path === null ? [] : [path];
  });
}

function treeMatcher(
  pattern: TreePattern,
  roots: readonly string[],
  pathOf: (action: Action) => string | null,
): Matcher {
  const { kind } = pattern;
  const depth = (path: string) =>
    roots.reduce((most, root) => (treeContains(kind, root, path) ? Math.max(most, root.length) : most), 0);
  return {
    test: (action) => {
      const path = pathOf(action);
      return path !== null && roots.some((root) => treeContains(kind, root, path));
    },
    depth,
    name: null,
    roots,
    takes: kind,
  };
}

function portsHold({ protocol, from, to }: Ports, action: { protocol: string; port: number }): boolean {
  return (protocol === null || protocol === action.protocol) && action.port >= from && action.port <= to;
}

function hostMatches({ name, under }: HostPattern, host: string): boolean {
  return under ? host.endsWith(`.${name}`) : host === name;
}
