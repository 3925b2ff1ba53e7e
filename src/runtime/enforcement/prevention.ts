/**
 * `require: prevent`: a policy that may not be kept by less than prevention refuses to start.
 *
 * Throws: RUN_UNPREVENTED with every category that this host keeps by less, or not whole, and why.
 */
import { WarderError } from '../../base/error.ts';
import type { EffectivePolicy } from '../../contract/messages.ts';
import type { Mechanism } from '../../kernel/mechanisms.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';

export function requirePrevention(
  policy: EffectivePolicy,
  unenforced: readonly Unenforced[],
  mechanisms: readonly Mechanism[],
): void {
  if (!policy.requirePrevent) return;
  const used = new Set(
    (policy.layers ?? []).flatMap((layer) => layer.categories ?? []).map((it) => it.category),
  );
  const faults = mechanisms.filter(({ category }) => used.has(category)).flatMap(shortfall);
  for (const { effect, text } of unenforced) if (effect === 'not-kept') faults.push(text);
  if (faults.length === 0) return;
  throw new WarderError(
    'RUN_UNPREVENTED',
    `the policy says 'require: prevent', and this host cannot keep that: ${faults.join('; ')}`,
    'use a host with BPF LSM (boot with lsm=…,bpf), or leave out `require: prevent` and accept what is said above',
  );
}

function shortfall({ category, strength, gaps }: Mechanism): string[] {
  if (strength !== 'prevented') return [`${category} would be ${strength}, not prevented`];
  if (gaps.length > 0) return [`${category} does not cover ${gaps.join(', ')}`];
  return [];
}
