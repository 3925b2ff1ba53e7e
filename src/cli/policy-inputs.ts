/**
 * What the commands under `warder policy` share: files, an agent, variables, and the policy made of them.
 *
 * Throws: POLICY_INVALID for faulty files, AGENT_NAME and AGENT_SCOPE for an agent, POLICY_NONE where no document
 * applies, POLICY_SET for a variable that cannot be set.
 */
import { homedir } from 'node:os';
import { WarderError } from '../base/error.ts';
import type { EffectivePolicy } from '../contract/messages.ts';
import { VARIABLES, type Variables } from '../contract/path-pattern.ts';
import { readPolicy } from '../contract/policy.ts';
import { numberRules } from '../contract/rule-table.ts';
import { checkVariables } from '../contract/variables.ts';
import { prepare, type ReadyPolicy } from '../gateway/policy/decide.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import { effectivePolicy } from '../gateway/policy/layers.ts';
import { loadPolicyFiles } from '../gateway/policy/load.ts';
import { hostHomes } from '../runtime/enforcement/homes.ts';
import type { HostPaths } from '../runtime/enforcement/host-paths.ts';
import { placeRules } from '../runtime/enforcement/placing.ts';
import { agentSpiffeId } from './agent-name.ts';

export interface AgentOptions {
  agent?: string | undefined;
}

export function effectiveOf(documents: readonly PolicyDocument[], { agent }: AgentOptions): EffectivePolicy {
  const answer = effectivePolicy(documents, agentSpiffeId({ given: agent, command: 'agent', documents }));
  if ('policy' in answer) return answer.policy;
  throw new WarderError(
    'POLICY_NONE',
    answer.refusal,
    'name another agent, or give a document whose scope takes it in',
  );
}

export function effectiveOfFiles(files: readonly string[], options: AgentOptions): EffectivePolicy {
  return effectiveOf(loadPolicyFiles(files), options);
}

/** As a run on this host would have it: links followed, built-in denies in every home. */
export function readyOnHost(message: EffectivePolicy, given: Variables, paths: HostPaths): ReadyPolicy {
  const policy = readPolicy(message);
  const variables = checkVariables(policy, given);
  const homes = hostHomes();
  const all = [...new Set([...(variables.home === undefined ? [] : [variables.home]), ...homes])];
  const placed = placeRules(policy, numberRules(policy).rules, { variables, homes: all, paths });
  return prepare(policy, {
    variables,
    homes,
    roots: new Map(placed.map(({ number, roots }) => [number, roots])),
  });
}

/** `--set workspace=/w`; what is not set is this directory, this user's home, and a run's directory. */
export function variablesFrom(set: readonly string[]): Variables {
  const variables: Variables = { workspace: process.cwd(), home: homedir(), run: '/run/warder/run' };
  for (const text of set) {
    const at = text.indexOf('=');
    const name = VARIABLES.find((known) => known === text.slice(0, at));
    if (!name) {
      throw new WarderError(
        'POLICY_SET',
        `'${text}' sets no variable`,
        `write --set NAME=/path with ${VARIABLES.join(', ')}`,
      );
    }
    variables[name] = text.slice(at + 1);
  }
  return variables;
}

/** For options that may be given again. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
