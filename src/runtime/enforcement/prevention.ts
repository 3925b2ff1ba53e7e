/**
 * What a host keeps of a policy by less than prevention, in sentences for people; and `require: prevent`, with
 * which a policy refuses to start, and lets nothing more through in a run under way, where there is any such thing.
 *
 * Throws: RUN_UNPREVENTED with all of them.
 */
import { WarderError } from '../../base/error.ts';
import type { EffectivePolicy } from '../../contract/messages.ts';
import { type Mechanism, UNRULED } from '../../kernel/mechanisms.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';

/** One sentence a category that the policy has and the host does not prevent, or not whole. */
export function shortfalls(policy: EffectivePolicy, mechanisms: readonly Mechanism[]): string[] {
  const used = new Set(
    (policy.layers ?? []).flatMap((layer) => layer.categories ?? []).map((it) => it.category),
  );
  return mechanisms.filter(({ category }) => used.has(category)).flatMap(shortfall);
}

export function requirePrevention(...of: Parameters<typeof unprevented>): void {
  const fault = unprevented(...of);
  if (fault) throw fault;
}

/** Why a policy that says `require: prevent` is not kept; undefined where it is, or where it does not say so. */
export function unprevented(
  policy: EffectivePolicy,
  unenforced: readonly Unenforced[],
  mechanisms: readonly Mechanism[],
): WarderError | undefined {
  if (!policy.requirePrevent) return undefined;
  const faults = shortfalls(policy, mechanisms.map(asRuled));
  for (const { effect, text } of unenforced) if (effect === 'not-kept') faults.push(text);
  if (faults.length === 0) return undefined;
  return new WarderError(
    'RUN_UNPREVENTED',
    `the policy says 'require: prevent', and this host cannot keep that: ${faults.join('; ')}`,
    'use a host with BPF LSM (boot with lsm=…,bpf), or leave out `require: prevent` and accept what is said above',
  );
}

const unruled: readonly string[] = Object.values(UNRULED);

/** Without what no rule speaks of. */
function asRuled(mechanism: Mechanism): Mechanism {
  return { ...mechanism, gaps: mechanism.gaps.filter((gap) => !unruled.includes(gap)) };
}

function shortfall({ category, strength, gaps }: Mechanism): string[] {
  const sentences: string[] = [];
  if (strength !== 'prevented') sentences.push(`${category}: refusals are ${strength}, not prevented`);
  if (gaps.length > 0) sentences.push(`${category}: unmeasured are ${gaps.join(', ')}`);
  return sentences;
}
