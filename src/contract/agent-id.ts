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

const SEGMENT = '[A-Za-z0-9._-]{1,64}';
const FORM = new RegExp(`^spiffe://([a-z0-9._-]{1,255})/(${SEGMENT})/(${SEGMENT})/(${SEGMENT})$`);

/** Throws POLICY_AGENT_ID for a text of another form. */
export function parseAgentId(text: string): AgentId {
  const [, trustDomain = '', org = '', team = '', agent = ''] = FORM.exec(text) ?? [];
  if (agent === '' || [org, team, agent].some((segment) => segment === '.' || segment === '..')) {
    throw new WarderError(
      'POLICY_AGENT_ID',
      `'${text}' is no agent's SPIFFE ID`,
      'write spiffe://<trust domain>/<org>/<team>/<agent>, each of letters, digits, dot, dash and underscore',
    );
  }
  return { trustDomain, org, team, agent };
}
