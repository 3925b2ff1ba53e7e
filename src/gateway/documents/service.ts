/**
 * PolicyService: documents by people, the effective policy, and advice on one action.
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { policyAddress } from '../../contract/canonical.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import type { PolicyVersion, PutPoliciesRequest, PutPoliciesResponse } from '../../contract/messages.ts';
import { MODE_NUMBERS } from '../../contract/policy.ts';
import { policyService } from '../../contract/policy-service.ts';
import { ActionChecker } from '../check-action.ts';
import { actorOf } from '../own-events.ts';
import type { PolicyDocument } from '../policy/document.ts';
import type { Principal } from '../principal.ts';
import type { GatewayContext, ServiceFactory } from '../service.ts';
import { unary } from '../unary.ts';
import { type DocumentVersion, digestOf } from './document-versions.ts';
import type { Policies, PutOptions, PutResult } from './policies.ts';
import { wouldRefuse } from './would-refuse.ts';

const FILES = 100;
const COMMENT_LENGTH = 1000;
const LOOK_BACK_MS = 7 * 24 * 3600_000;

export const policies: ServiceFactory = (context) => ({
  name: 'warder.v1.PolicyService',
  proto: 'authority.proto',
  definition: policyService as unknown as ServiceDefinition,
  implementation: implementation(context),
});

function implementation(context: GatewayContext) {
  const { authority, log } = context;
  const store = (): Policies => {
    if (context.policies) return context.policies;
    throw new WarderError(
      'POLICY_NO_STORE',
      'this gateway has its policy from the command that started it, and keeps none',
      'ask a gateway that runs as a service (warder gateway)',
    );
  };
  const checker = new ActionChecker({
    source: (agent) => authority.effective(agent),
    revision: () => context.policies?.revision() ?? 0,
  });
  return {
    putPolicies: unary<PutPoliciesRequest, PutPoliciesResponse>(context, (request, caller) => {
      const files = (request.files ?? []).map(({ name, text }) => ({ name: name ?? '', text: text ?? '' }));
      if (files.length === 0 || files.length > FILES) {
        throw badRequest(`${files.length} files`, `give 1 to ${FILES}`);
      }
      const expected = (request.expected ?? []).map(({ policy, version }) => ({
        policy: policy ?? '',
        version: toNumber(version),
      }));
      return putResponse(store().put(files, { ...putOptions(request, caller), expected }));
    }),
    listPolicies: unary(context, () => ({
      policies: [...store().present().map(withoutText), ...store().inFiles().map(fileMessage)],
    })),
    getPolicy: unary(context, ({ policy, version }: { policy?: string | null; version?: LongLike }) =>
      versionMessage(store().version(policy ?? '', toNumber(version))),
    ),
    listPolicyVersions: unary(context, ({ policy }: { policy?: string | null }) => ({
      versions: store()
        .versionsOf(policy ?? '')
        .map(withoutText),
    })),
    rollbackPolicy: unary<Change & { version?: LongLike }, PutPoliciesResponse>(context, (request, caller) =>
      putResponse(
        store().rollback(request.policy ?? '', toNumber(request.version), putOptions(request, caller)),
      ),
    ),
    removePolicy: unary<Change, PutPoliciesResponse>(context, (request, caller) =>
      putResponse(store().remove(request.policy ?? '', putOptions(request, caller))),
    ),
    promotePolicy: unary(context, async (request: Change & { sinceUnixMs?: LongLike }, caller) => {
      const policy = request.policy ?? '';
      store().version(policy, 0);
      const since = toNumber(request.sinceUnixMs) || Date.now() - LOOK_BACK_MS;
      const { entries, lookedAt } = await wouldRefuse(log, policy, since);
      return {
        put: putResponse(store().promote(policy, putOptions(request, caller))),
        wouldRefuse: entries,
        lookedAt: toLong(lookedAt),
      };
    }),
    getEffectivePolicy: unary(context, ({ agent: asked }: { agent?: string | null }) => {
      const agent = asked ?? '';
      const answer = authority.effective(agent);
      if ('refusal' in answer) return { refusal: answer.refusal };
      const policy = { ...answer.policy, agent };
      return { policy, address: policyAddress(policy) };
    }),
    checkAction: unary(context, (request: Parameters<ActionChecker['check']>[0]) => checker.check(request)),
  };
}

type LongLike = Parameters<typeof toNumber>[0];

interface Change {
  policy?: string | null;
  comment?: string | null;
  dryRun?: boolean | null;
}

function putOptions({ comment, dryRun }: Omit<Change, 'policy'>, caller: Principal): PutOptions {
  if ((comment ?? '').length > COMMENT_LENGTH) {
    throw badRequest('a comment that is too long', `write at most ${COMMENT_LENGTH} characters`);
  }
  return { author: actorOf(caller), comment: comment ?? '', dryRun: dryRun ?? false };
}

function putResponse({ faults, warnings, changes, applied }: PutResult): PutPoliciesResponse {
  return {
    faults,
    warnings,
    changes: changes.map((change) => ({ ...change, version: toLong(change.version) })),
    applied,
  };
}

function withoutText(version: DocumentVersion): PolicyVersion {
  return { ...versionMessage(version), text: '' };
}

function versionMessage({ text, mode, version, timeUnixMs, ...rest }: DocumentVersion): PolicyVersion {
  return {
    ...rest,
    version: toLong(version),
    text: text ?? '',
    digest: text === null ? '' : digestOf(text),
    mode: MODE_NUMBERS[mode],
    timeUnixMs: toLong(timeUnixMs),
  };
}

/** A document of the directory: listed, and changed only there. */
function fileMessage({ scope, name, mode, file }: PolicyDocument): PolicyVersion {
  return { scope, name, mode: MODE_NUMBERS[mode], file };
}

function badRequest(what: string, fix: string): WarderError {
  return new WarderError('GATEWAY_REQUEST', `the request has ${what}`, fix);
}
