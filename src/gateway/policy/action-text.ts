/**
 * An action from words: `exec /usr/bin/git`, `connect udp/10.0.0.1:53`, `privileged mount`.
 *
 * In:  a category, a target as a rule would name it, with one address and one port; values of variables.
 * Out: the action. A path is taken as the kernel would resolve it: absolute, without links.
 * Throws: POLICY_ACTION for a target that is no single thing to act on.
 */
import { WarderError } from '../../base/error.ts';
import type { Action } from '../../contract/action.ts';
import { nearest } from '../../contract/nearest.ts';
import { treePath, type Variables } from '../../contract/path-pattern.ts';
import { CATEGORIES, type Category, type Pattern, parsePattern } from '../../contract/pattern.ts';

const PATHS: ReadonlySet<Category> = new Set(['exec', 'read', 'write', 'load']);
/** Of a rule's advice for relative paths a part is no single thing. */
const RELATIVE_FIX = 'write the whole path, /usr/bin/git, or ${workspace}/src/main.c';

export function parseCategory(text: string): Category {
  const category = CATEGORIES.find((known) => known === text);
  if (category) return category;
  const meant = nearest(text, CATEGORIES);
  throw unusable(
    `'${text}' is no category`,
    meant ? `write ${meant}` : `write one of ${CATEGORIES.join(', ')}`,
  );
}

export function parseAction(category: Category, target: string, variables: Variables): Action {
  if (PATHS.has(category) && /^(?!sha256:)[\w.-]/.test(target)) {
    throw unusable(`${category} ${target}: '${target}' is a relative path`, RELATIVE_FIX);
  }
  const parsed = parsePattern(category, target);
  if ('fault' in parsed) throw unusable(`${category} ${target}: ${parsed.fault.message}`, parsed.fault.fix);
  return toAction(category, target, parsed.pattern, variables);
}

function toAction(category: Category, target: string, pattern: Pattern, variables: Variables): Action {
  switch (pattern.kind) {
    case 'exact': {
      const path = treePath(pattern, variables);
      if (path === null) throw unset(category, target);
      return { category: category as 'exec', path };
    }
    case 'unix': {
      const path = treePath(pattern.target, variables);
      if (path === null) throw unset(category, target);
      if (pattern.target.kind === 'subtree') break;
      return { category: category as 'connect', unix: path };
    }
    case 'abstract':
      return { category: category as 'connect', unix: `@${pattern.name}` };
    case 'privilege':
      return { category: 'privileged', privilege: pattern.privilege };
    case 'address': {
      const { bytes, prefix, protocol, from, to } = pattern;
      if (prefix !== bytes.length * 8 || from !== to) break;
      return { category: category as 'connect', protocol: protocol ?? 'tcp', address: bytes, port: from };
    }
    case 'host': {
      const { name, under, protocol, from, to } = pattern;
      if (under || from !== to) break;
      return {
        category: category as 'connect',
        protocol: protocol ?? 'tcp',
        address: null,
        host: name,
        port: from,
      };
    }
    default:
      break;
  }
  throw unusable(
    `${category} ${target} is more than one thing`,
    'name one path, or one address or host with one port: 10.0.0.1:443',
  );
}

function unset(category: Category, target: string): WarderError {
  return unusable(`${category} ${target} has a variable without a value`, 'give it: --set workspace=/path');
}

function unusable(message: string, fix: string): WarderError {
  return new WarderError('POLICY_ACTION', message, fix);
}
