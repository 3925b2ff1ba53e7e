/**
 * What a gateway governs by: documents, the effective policies that it signs, budgets, commands and approvals.
 *
 * In:     the options of the gateway, its log, the key that signs policies.
 * Out:    the parts that services work with; `undo` takes back what was begun.
 * Throws: GATEWAY_STORE_….
 */
import type { SigningKey } from '../contract/keys.ts';
import { Budgets } from './budgets/budgets.ts';
import { Control } from './control/service.ts';
import { DocumentVersions } from './documents/document-versions.ts';
import { Policies } from './documents/policies.ts';
import type { Evidence, Undo } from './evidence.ts';
import type { GatewayOptions } from './gateway.ts';
import { effectivePolicy } from './policy/layers.ts';
import { PolicyAuthority, type PolicySource } from './policy-authority.ts';
import { PolicyVersions } from './store/policy-versions.ts';

const DEFAULT_LEASE_MS = 5 * 60_000;

export interface Governing {
  /** Undefined where the policy comes from the command that started the gateway. */
  policies: Policies | undefined;
  authority: PolicyAuthority;
  budgets: Budgets;
  control: Control;
}

export function openGoverning(
  { policySource, leaseMs = DEFAULT_LEASE_MS, ephemeralKey, onError }: GatewayOptions & OnError,
  { log, own }: Pick<Evidence, 'log' | 'own'>,
  key: SigningKey,
  undo: Undo,
): Governing {
  const { database } = log;
  const policies =
    'documents' in policySource
      ? new Policies({
          versions: new DocumentVersions(database),
          own,
          files: policySource.documents,
          onChange: () => authority.refresh(),
        })
      : undefined;
  const authority = new PolicyAuthority({
    source: policies
      ? (agent) => effectivePolicy(policies.documents(), agent)
      : (policySource as PolicySource),
    key,
    versions: new PolicyVersions(database, own),
    leaseMs,
    onError,
  });
  undo.push(() => authority.close());
  const budgets = new Budgets({
    database,
    own,
    source: (agent) => authority.effective(agent),
    // Where the runtime is of the same process, it ends with it.
    keepsHoldings: !ephemeralKey,
    leaseMs,
    onError,
  });
  undo.push(() => budgets.close());
  log.onAppend = (origin, entry) => {
    if (entry.kind === 'usage') budgets.counted(`${origin.host}/${origin.origin}`, entry);
  };
  const control = new Control({
    database,
    own,
    needsSecond: (agent) => needsSecond(authority, agent),
    onError,
  });
  return { policies, authority, budgets, control };
}

interface OnError {
  onError(error: Error): void;
}

/** Asked of the policy as it is at the answer. Of an agent that has none (any more), nobody may say yes. */
function needsSecond(authority: PolicyAuthority, agent: string): boolean {
  const answer = authority.effective(agent);
  return 'refusal' in answer || (answer.policy.secondPerson ?? false);
}
