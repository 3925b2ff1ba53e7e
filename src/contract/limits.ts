/**
 * What a policy may be at most. docs/policy.md shows this table; a rule past a limit is refused, never cut.
 *
 * The first five are the kernel's: bpf/policy.h has them, and test/policy/limits.test.ts compares.
 */
export const LIMITS = {
  /** Bytes of a rule's path, after variables are set and links are followed, without its NUL. */
  pathBytes: 247,
  /** Bytes of a name (`**\/name`) or an extension (`**\/*.ext`, its dot counted). */
  nameBytes: 64,
  /** Dots of an extension: `.tar.gz` has two. */
  extensionDots: 4,
  /** Bits in a layer mask. */
  layerBits: 16,
  /** Documents that apply to one agent. Two bits are for built-in layers. */
  layers: 14,
  /** Patterns in one document. */
  patterns: 20_000,
  /** Rows that one compiled policy may take in any one kernel map. */
  rows: 262_144,
  /** Bytes of one policy file. */
  fileBytes: 4 * 1024 * 1024,
  /** Nodes of one policy file, an alias counted as what it stands for. */
  fileNodes: 200_000,
  /** Depth of nesting in a policy file; a document needs seven. */
  fileDepth: 32,
  /** Characters of a `because`. */
  becauseLength: 500,
  /** Characters of the name of a policy, org, team or agent. */
  nameLength: 64,
} as const;
