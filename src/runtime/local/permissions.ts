/**
 * Which users of this host may start which agents, as the operator allows it; root may start any.
 *
 * In:  rows of the configuration; a peer's uid and groups.
 * Out: the agent's SPIFFE ID, or why not.
 * Throws: LOCAL_FORBIDDEN, AGENT_NAME.
 */
import { WarderError } from '../../base/error.ts';
import { isAgentName, parseAgentId } from '../../contract/agent-id.ts';

export interface AllowRow {
  uids: readonly number[];
  gids: readonly number[];
  agents: readonly AgentPattern[];
  /** They may also bring running processes of their own under these agents. */
  adopt?: boolean | undefined;
}

/** Each level a name, or `*` for any. */
export interface AgentPattern {
  trustDomain: string;
  org: string;
  team: string;
  agent: string;
}

export interface PeerUser {
  uid: number;
  /** Its group and its supplementary ones. */
  gids: readonly number[];
}

export const TRUST_DOMAIN = 'warder.local';
const ANY = '*';
const UNSAID = 'local';

/** `ORG/TEAM/NAME`, `spiffe://DOMAIN/ORG/TEAM/NAME`, each part a name or `*`; `*` alone is any agent. Else null. */
export function parseAgentPattern(text: string): AgentPattern | null {
  if (text === ANY) return { trustDomain: ANY, org: ANY, team: ANY, agent: ANY };
  const [, trustDomain = TRUST_DOMAIN, path = ''] =
    /^(?:spiffe:\/\/([a-z0-9._-]{1,255})\/)?(.*)$/.exec(text) ?? [];
  const parts = path.split('/');
  const isPart = (part: string) => part === ANY || isAgentName(part);
  if (parts.length !== 3 || !parts.every(isPart)) return null;
  const [org, team, agent] = parts as [string, string, string];
  return { trustDomain, org, team, agent };
}

/** The agent that a user gets: the one asked for, or where none is, the only one that they may start. */
export function permittedAgent(
  asked: string | undefined,
  command: string,
  user: PeerUser,
  rows: readonly AllowRow[],
): string {
  const patterns = rows.filter((row) => isFor(row, user)).flatMap(({ agents }) => agents);
  const id = asked === undefined ? soleAgent(patterns, user, command) : spiffeId(asked);
  if (user.uid === 0 || patterns.some((pattern) => covers(pattern, id))) return id;
  throw new WarderError(
    'LOCAL_FORBIDDEN',
    `user ${user.uid} may not start the agent ${id} on this host${namesOf(patterns)}`,
    'ask the operator for a row under `allow` in the runtime.yaml of this host, or name an agent that is allowed with --agent',
  );
}

function soleAgent(patterns: readonly AgentPattern[], { uid }: PeerUser, command: string): string {
  const ids = new Set(patterns.map(asText));
  const [only] = ids;
  if (ids.size === 1 && only !== undefined && !only.includes(ANY)) return only;
  if (uid === 0) return spiffeId(command);
  throw new WarderError(
    'LOCAL_FORBIDDEN',
    `which agent is to be started is not said${namesOf(patterns)}`,
    ids.size === 0
      ? 'ask the operator for a row under `allow` in the runtime.yaml of this host'
      : 'name one with --agent ORG/TEAM/NAME',
  );
}

function namesOf(patterns: readonly AgentPattern[]): string {
  const names = [...new Set(patterns.map(asText))];
  if (names.length === 0) return ': this user may start none';
  const shown = names.slice(0, 10).join(', ');
  return `: this user may start ${names.length > 10 ? `${shown} and ${names.length - 10} more` : shown}`;
}

/** Whether any agent at all is for this user to start. */
export function mayStart(user: PeerUser, rows: readonly AllowRow[]): boolean {
  return rows.some((row) => isFor(row, user));
}

function isFor({ uids, gids }: AllowRow, user: PeerUser): boolean {
  return uids.includes(user.uid) || gids.some((gid) => user.gids.includes(gid));
}

function covers(pattern: AgentPattern, spiffe: string): boolean {
  const id = parseAgentId(spiffe);
  return (['trustDomain', 'org', 'team', 'agent'] as const).every(
    (part) => pattern[part] === ANY || pattern[part] === id[part],
  );
}

function asText({ trustDomain, org, team, agent }: AgentPattern): string {
  return `spiffe://${trustDomain}/${org}/${team}/${agent}`;
}

/** NAME, ORG/TEAM/NAME or the whole of it. */
function spiffeId(text: string): string {
  const path = text.includes('/') ? text : `${UNSAID}/${UNSAID}/${text}`;
  const id = text.startsWith('spiffe://') ? text : `spiffe://${TRUST_DOMAIN}/${path}`;
  try {
    parseAgentId(id);
    return id;
  } catch (error) {
    throw new WarderError(
      'AGENT_NAME',
      `'${text.slice(0, 300)}' names no agent`,
      'write --agent NAME, --agent ORG/TEAM/NAME or a whole spiffe:// id; names are of letters, digits, dot, dash and underscore, at most 64',
      { cause: error },
    );
  }
}
