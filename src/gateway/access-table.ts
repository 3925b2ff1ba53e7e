/**
 * Every RPC that is served, and who may call it. One that is not here is refused to everyone (access.ts).
 */
import { auditService, witnessService } from '../contract/audit-service.ts';
import { budgetService } from '../contract/budget-service.ts';
import { controlService } from '../contract/control-service.ts';
import { hostService, keyService } from '../contract/identity-service.ts';
import { policyService } from '../contract/policy-service.ts';
import { queryService } from '../contract/query-service.ts';
import { eventService, runtimeService } from '../contract/services.ts';
import { KEY_ROLES } from './identity/keys.ts';
import type { Role } from './principal.ts';

export const ANYONE = 'anyone';
const SEE_RUNS: readonly Role[] = ['viewer', 'approver', 'host-admin'];
const READ_POLICY: readonly Role[] = ['viewer', 'policy-admin'];
const CHANGE_POLICY: readonly Role[] = ['policy-admin'];
const REFLECTION: readonly Role[] = ['runtime', 'operator', ...KEY_ROLES];

export const ACCESS: Readonly<Record<string, readonly Role[] | typeof ANYONE>> = {
  [runtimeService.attach.path]: ['runtime'],
  [eventService.subscribe.path]: ['viewer'],
  [queryService.query.path]: ['viewer'],
  [queryService.getProcessTree.path]: ['viewer'],
  [queryService.listRuns.path]: ['viewer'],
  [queryService.listAgents.path]: ['viewer'],
  [policyService.putPolicies.path]: CHANGE_POLICY,
  [policyService.rollbackPolicy.path]: CHANGE_POLICY,
  [policyService.removePolicy.path]: CHANGE_POLICY,
  [policyService.promotePolicy.path]: CHANGE_POLICY,
  [policyService.listPolicies.path]: READ_POLICY,
  [policyService.getPolicy.path]: READ_POLICY,
  [policyService.listPolicyVersions.path]: READ_POLICY,
  [policyService.getEffectivePolicy.path]: READ_POLICY,
  [policyService.checkAction.path]: ['viewer', 'policy-admin', 'agent'],
  [auditService.getCheckpoint.path]: ['viewer'],
  [auditService.getInclusionProof.path]: ['viewer'],
  [auditService.getConsistencyProof.path]: ['viewer'],
  [auditService.getTile.path]: ['viewer'],
  // What is brought is signed by a log that the witness knows, or refused; no token says more.
  [witnessService.addCheckpoint.path]: ANYONE,
  [controlService.listActiveRuns.path]: SEE_RUNS,
  [controlService.listHolds.path]: SEE_RUNS,
  [controlService.answerHold.path]: ['approver'],
  [controlService.commandRun.path]: ['host-admin'],
  [budgetService.listBudgets.path]: SEE_RUNS,
  [budgetService.reportUsage.path]: ['agent'],
  // Says SERVING and no more; probes have no token.
  '/grpc.health.v1.Health/Check': ANYONE,
  '/grpc.health.v1.Health/Watch': ANYONE,
  // By the token in the request: who has one has no other credential yet.
  [hostService.enroll.path]: ANYONE,
  [hostService.renew.path]: ['runtime'],
  [hostService.issueToken.path]: ['host-admin', 'operator'],
  [hostService.listHosts.path]: ['viewer', 'host-admin', 'operator'],
  [hostService.revokeHost.path]: ['host-admin', 'operator'],
  // Who makes keys can be anybody: on the gateway's own machine only.
  [keyService.createKey.path]: ['operator'],
  [keyService.listKeys.path]: ['operator'],
  [keyService.rotateKey.path]: ['operator'],
  [keyService.revokeKey.path]: ['operator'],
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': REFLECTION,
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': REFLECTION,
};
