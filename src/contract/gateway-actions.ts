/**
 * What a gateway's own events can tell of: the closed list of GatewayEvent.action, in the form NOUN.PAST. Consumers
 * may match on these words, so none changes its meaning; new ones are added. docs/audit.md says what the fields of
 * each hold, and a test compares.
 */
export const GATEWAY_ACTIONS = [
  'gateway.started',
  'gateway.stopped',
  'gateway.died',
  'key.created',
  'key.rotated',
  'store.refused',
  'store.restored',
  'policy.versioned',
  'policy.put',
  'policy.removed',
  'policy.promoted',
  'approval.asked',
  'approval.given',
  'approval.refused',
  'approval.expired',
  'grant.made',
  'grant.revoked',
  'command.given',
  'command.done',
  'login.accepted',
  'login.refused',
  'credential.issued',
  'credential.revoked',
  'runtime.attached',
  'runtime.lost',
  'budget.exceeded',
  'usage.reported',
  'retention.changed',
  'retention.applied',
  'hold.placed',
  'hold.lifted',
  'redaction.changed',
  'checkpoint.refused',
] as const;
export type GatewayAction = (typeof GATEWAY_ACTIONS)[number];
