/**
 * Who an agent is: `spiffe://<trust domain>/<org>/<team>/<agent>`, a SPIFFE ID with three segments.
 *
 * Source: SPIFFE-ID specification, section 2 (scheme, characters, 2048 bytes at most).
 */
import { WarderError } from '../base/error.ts';

export interface AgentId {
  trustDomain: string;
  org: string;
  team: string;
  agent: string;
}

/** A name of an organisation, a team or an agent, as a part of a regular expression. */
export const SEGMENT = '[A-Za-z0-9._-]{1,64}';
const NAME = new RegExp(`^${SEGMENT}$`);
const FORM = new RegExp(`^spiffe://([a-z0-9._-]{1,255})/(${SEGMENT})/(${SEGMENT})/(${SEGMENT})$`);

/** Throws POLICY_AGENT_ID for a text of another form. */
export function parseAgentId(text: string): AgentId {
  const id = agentId(text);
  if (id !== undefined) return id;
  throw new WarderError(
    'POLICY_AGENT_ID',
    `'${text}' is no agent's SPIFFE ID`,
    'write spiffe://<trust domain>/<org>/<team>/<agent>, each of letters, digits, dot, dash and underscore',
  );
}

export function isAgentId(text: string): boolean {
  return agentId(text) !== undefined;
}

/** Of an organisation, a team or an agent. */
export function isAgentName(text: string): boolean {
  return NAME.test(text) && text !== '.' && text !== '..';
}

function agentId(text: string): AgentId | undefined {
  const [, trustDomain = '', org = '', team = '', agent = ''] = FORM.exec(text) ?? [];
  return [org, team, agent].every(isAgentName) ? { trustDomain, org, team, agent } : undefined;
}
