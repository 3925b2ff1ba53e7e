/**
 * The kernel's decision on this host: test/policy/decide-host.c, compiled against bpf/decide.h, over the very
 * bytes that would be written into the maps.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '../../src/contract/action.ts';
import { CATEGORIES, type Privilege } from '../../src/contract/pattern.ts';
import { enums, layout, names } from '../../src/kernel/generated/layout.ts';
import { type CompiledPolicy, encodeRows } from '../../src/kernel/policy-rows.ts';
import { removeTree } from '../remove-tree.ts';

const BPF = join(import.meta.dirname, '../../bpf');

/** Stands for a content that is not known. */
export const UNKNOWN = 'unknown';

export interface KernelRuling {
  verdict: string;
  reason: string;
  layer: number;
  rule: number;
}

export interface KernelDecision extends KernelRuling {
  would: KernelRuling;
}

export interface Case {
  compiled: CompiledPolicy;
  actions: readonly Action[];
}

export class KernelDecider {
  readonly #directory = mkdtempSync(join(tmpdir(), 'warder-decide-'));
  readonly #program = join(this.#directory, 'decide-host');

  constructor() {
    const source = join(import.meta.dirname, 'decide-host.c');
    const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-I', BPF];
    execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', this.#program], { stdio: 'inherit' });
  }

  /** The decisions of all actions of all cases, in order. */
  decide(cases: readonly Case[]): KernelDecision[] {
    const input = Buffer.concat(
      cases.flatMap(({ compiled, actions }, index) => encodeCase(compiled, actions, index + 1)),
    );
    const { stdout, stderr, status } = spawnSync(this.#program, { input, maxBuffer: 2 ** 28 });
    if (status !== 0) throw new Error(`decide-host ended with ${status}: ${stderr}`);
    const count = cases.reduce((sum, { actions }) => sum + actions.length, 0);
    if (stdout.length !== count * layout.decision.size) {
      throw new Error(`${count} actions, ${stdout.length} bytes of decisions`);
    }
    return Array.from({ length: count }, (_, index) => decode(stdout.subarray(index * layout.decision.size)));
  }

  close(): void {
    removeTree(this.#directory);
  }
}

function encodeCase(compiled: CompiledPolicy, actions: readonly Action[], policy: number): Buffer[] {
  const rows = encodeRows(compiled, policy);
  const maps = [rows.paths, rows.names, rows.addresses, rows.ports, rows.contents];
  const head = Buffer.from(Uint32Array.of(...maps.map(({ count }) => count), actions.length, policy).buffer);
  return [
    head,
    rows.head,
    ...maps.flatMap(({ keys, values }) => [keys, values]),
    ...actions.flatMap(encodeAction),
  ];
}

function encodeAction(action: Action): Buffer[] {
  const bytes = Buffer.alloc(64);
  const text = 'path' in action ? action.path : 'unix' in action ? action.unix : '';
  const path = Buffer.from(text);
  bytes.writeUInt32LE(CATEGORIES.indexOf(action.category), 0);
  bytes.writeUInt16LE(path.length, 8);
  if ('path' in action && action.sha256 !== undefined) {
    const known = action.sha256 !== UNKNOWN;
    bytes.writeUInt8(known ? 1 : 2, 14);
    if (known) bytes.write(action.sha256, 32, 'hex');
  }
  if ('privilege' in action) bytes.writeUInt32LE(privilegeNumber(action.privilege), 4);
  if ('port' in action) {
    bytes.writeUInt16LE(action.port, 10);
    bytes.writeUInt8(action.address!.length === 4 ? 2 : 10, 12);
    bytes.writeUInt8(action.protocol === 'tcp' ? 6 : 17, 13);
    bytes.set(action.address!, 16);
  }
  return [bytes, path];
}

function privilegeNumber(privilege: Privilege): number {
  return enums.privilege[
    `PRIVILEGE_${privilege.replace('-', '_').toUpperCase()}` as keyof typeof enums.privilege
  ];
}

function decode(bytes: Buffer): KernelDecision {
  const { fields } = layout.decision;
  const ruling = (verdict: number, reason: number, layer: number, rule: number): KernelRuling => ({
    verdict: names.verdict[bytes[verdict]!]!.replace('VERDICT_', '').toLowerCase(),
    reason: names.reason[bytes[reason]!]!.replace('REASON_', '').toLowerCase(),
    layer: bytes[layer]!,
    rule: bytes.readUInt32LE(rule),
  });
  return {
    ...ruling(fields.verdict.offset, fields.reason.offset, fields.layer.offset, fields.rule.offset),
    would: ruling(
      fields.would.offset,
      fields.would_reason.offset,
      fields.would_layer.offset,
      fields.would_rule.offset,
    ),
  };
}
