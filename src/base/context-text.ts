/**
 * A change of what a process is or may do, in words, for lines and for pages: what is other now.
 *
 * Out: `uid 65534 gid 65534`, `effective 0x20`, `net:[4026532008]`, a memfd's name, `process 4711`. Not made printable.
 */
export interface ContextFacts {
  operation?: string | null | undefined;
  uid?: number | null | undefined;
  effectiveUid?: number | null | undefined;
  gid?: number | null | undefined;
  effectiveGid?: number | null | undefined;
  /** The effective set. */
  capabilities: bigint;
  namespaces?: readonly string[] | null | undefined;
  name?: string | null | undefined;
  targetPid?: number | null | undefined;
}

export function contextText(facts: ContextFacts): string {
  switch (facts.operation) {
    case 'user':
      return `${ids('uid', facts.uid, facts.effectiveUid)} ${ids('gid', facts.gid, facts.effectiveGid)}`;
    case 'capabilities':
      return `effective 0x${facts.capabilities.toString(16)}`;
    case 'namespaces':
      return (facts.namespaces ?? []).join(' ');
    case 'memfd':
      return facts.name || '(no name)';
    default:
      return `process ${facts.targetPid ?? 0}`;
  }
}

function ids(what: string, real: number | null | undefined, effective: number | null | undefined): string {
  return (real ?? 0) === (effective ?? 0)
    ? `${what} ${real ?? 0}`
    : `${what} ${real ?? 0}, effective ${effective ?? 0}`;
}
