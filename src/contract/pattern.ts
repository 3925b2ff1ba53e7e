/**
 * The patterns of policy rules, parsed: what stands behind `allow:`, `hold:` and `deny:`.
 *
 * In:  a category and the text of one pattern, as people wrote it.
 * Out: one of a closed union, or a fault with what to write instead; a warning where the pattern loads but
 *      most likely does not mean what its author wanted.
 *
 * The gateway parses at load and the runtime when it compiles, with this code. Nothing throws.
 */
import { fault, type Parsed } from './complaint.ts';
import { nearest } from './nearest.ts';
import { parseNetworkPattern } from './network-pattern.ts';
import { type PathVariable, parsePathPattern } from './path-pattern.ts';

/** Numbered as `enum category` in bpf/policy.h. */
export const CATEGORIES = ['exec', 'read', 'write', 'load', 'connect', 'listen', 'privileged'] as const;
export type Category = (typeof CATEGORIES)[number];

/** What `privileged` can name: `enum privilege` in bpf/policy.h. */
export const PRIVILEGES = [
  'bpf',
  'io_uring',
  'module',
  'mount',
  'ptrace-others',
  'raw-socket',
  'signal-others',
  'userns',
] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** A file or directory, and for `subtree` all that is under it. `path` is '' or '/…' behind a variable, else '/…'. */
export interface TreePattern {
  kind: 'exact' | 'subtree';
  variable: PathVariable | null;
  path: string;
}

/** Any file or directory of that name and all under it, wherever it is. */
export interface NamePattern {
  kind: 'name';
  name: string;
}

/** Any file whose name ends so; `extension` begins with its dot. */
export interface ExtensionPattern {
  kind: 'extension';
  extension: string;
}

/** A program by its content; 64 lower-case hex digits. */
export interface DigestPattern {
  kind: 'sha256';
  digest: string;
}

export type Protocol = 'tcp' | 'udp';

/** Inclusive; null as a protocol is both. */
export interface Ports {
  protocol: Protocol | null;
  from: number;
  to: number;
}

/** Addresses whose first `prefix` bits are those of `bytes`; bits behind the prefix are 0. */
export interface AddressPattern extends Ports {
  kind: 'address';
  family: 4 | 6;
  bytes: Uint8Array;
  prefix: number;
}

/** A host by name, or (`under`) any name under it but not itself. Lower case. */
export interface HostPattern extends Ports {
  kind: 'host';
  name: string;
  under: boolean;
}

/** A unix socket by its path. */
export interface UnixPattern {
  kind: 'unix';
  target: TreePattern;
}

/** A unix socket by its abstract name, without the @. */
export interface AbstractPattern {
  kind: 'abstract';
  name: string;
}

export interface PrivilegePattern {
  kind: 'privilege';
  privilege: Privilege;
}

export type FilePattern = TreePattern | NamePattern | ExtensionPattern;
export type NetworkPattern = AddressPattern | HostPattern | UnixPattern | AbstractPattern;
export type Pattern = FilePattern | DigestPattern | NetworkPattern | PrivilegePattern;

export interface ParseOptions {
  /** Built-in layers also know `${terminal}`. */
  builtin?: boolean;
}

export function parsePattern(category: Category, text: string, options: ParseOptions = {}): Parsed<Pattern> {
  if (text === '') {
    return {
      fault: { message: 'the pattern is empty', fix: 'write what the rule is about, or take it out' },
    };
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    return {
      fault: { message: 'the pattern holds a NUL or half a character', fix: 'write it in plain text' },
    };
  }
  if (text !== text.trim()) {
    return { fault: { message: `'${text}' begins or ends with white space`, fix: `write ${text.trim()}` } };
  }
  switch (category) {
    case 'exec':
      return text.startsWith('sha256:') ? parseDigest(text) : parsePathPattern(text, options);
    case 'read':
    case 'write':
    case 'load':
      return text.startsWith('sha256:')
        ? fault(`${category} takes no sha256 pattern`, 'sha256:<64 hex> is for exec; write a path here')
        : parsePathPattern(text, options);
    case 'connect':
    case 'listen':
      return parseNetworkPattern(category, text, options);
    case 'privileged':
      return parsePrivilege(text);
  }
}

function parseDigest(text: string): Parsed<DigestPattern> {
  const digest = text.slice('sha256:'.length).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digest)) return { pattern: { kind: 'sha256', digest } };
  return fault(
    `'${text}' is no sha256: it has ${digest.length} characters behind the colon that should be 64 hex digits`,
    'write sha256: and what `sha256sum FILE` prints',
  );
}

function parsePrivilege(text: string): Parsed<PrivilegePattern> {
  const known = PRIVILEGES.find((privilege) => privilege === text);
  if (known) return { pattern: { kind: 'privilege', privilege: known } };
  const meant = nearest(text, PRIVILEGES);
  return fault(
    `'${text}' is no privilege`,
    meant ? `write ${meant}` : `write one of ${PRIVILEGES.join(', ')}`,
  );
}
