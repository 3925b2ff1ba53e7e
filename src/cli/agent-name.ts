/**
 * Which agent a run is of, from what was typed and from the policy documents given.
 *
 * In:     --agent as NAME, ORG/TEAM/NAME or a whole SPIFFE ID (or nothing), the command, the documents' scopes.
 * Out:    a SPIFFE ID. What was not typed comes from the scopes (`org/acme` makes it an agent of acme); what no
 *         scope says is `local`; the trust domain is `warder.local`; the name is that of an `agent/…` scope, or
 *         else the command's.
 * Throws: AGENT_NAME for a text that names no agent, AGENT_SCOPE (all faults at once) where a document would
 *         never apply to it: a rule that does nothing must not look as if it did.
 */
import { basename } from 'node:path';
import { WarderError } from '../base/error.ts';
import { type AgentId, parseAgentId } from '../contract/agent-id.ts';

export interface ScopedDocument {
  /** fleet, org/…, team/…, agent/…. */
  scope: string;
  file: string;
  line: number;
}

export interface AgentNaming {
  /** --agent */
  given?: string | undefined;
  /** First word of the command. */
  command: string;
  documents: readonly ScopedDocument[];
}

const TRUST_DOMAIN = 'warder.local';
const UNSAID = 'local';
const LEVELS = ['org', 'team', 'agent'] as const;
type Level = (typeof LEVELS)[number];

export function agentSpiffeId({ given, command, documents }: AgentNaming): string {
  const typed = given === undefined ? {} : parseGiven(given);
  const id: AgentId = {
    trustDomain: typed.trustDomain ?? TRUST_DOMAIN,
    org: typed.org ?? fromScopes('org', documents) ?? UNSAID,
    team: typed.team ?? fromScopes('team', documents) ?? UNSAID,
    agent: typed.agent ?? fromScopes('agent', documents) ?? commandName(command),
  };
  const text = `spiffe://${id.trustDomain}/${id.org}/${id.team}/${id.agent}`;
  checkScopes(id, text, documents);
  return text;
}

function parseGiven(given: string): Partial<AgentId> {
  if (given.startsWith('spiffe://')) return parseAgentId(given);
  const segments = given.split('/');
  if (segments.length === 1) {
    const { agent } = check(`${UNSAID}/${UNSAID}/${given}`, given);
    return { agent };
  }
  return check(given, given);
}

function check(path: string, given: string): AgentId {
  try {
    return parseAgentId(`spiffe://${TRUST_DOMAIN}/${path}`);
  } catch (error) {
    throw new WarderError(
      'AGENT_NAME',
      `'${given}' names no agent`,
      'write --agent NAME, --agent ORG/TEAM/NAME or a whole spiffe:// id; names are of letters, digits, dot, dash and underscore, at most 64',
      { cause: error },
    );
  }
}

/** The one name that the scopes give for a level; undefined where there is none or more than one. */
function fromScopes(level: Level, documents: readonly ScopedDocument[]): string | undefined {
  const names = new Set(
    documents.map(({ scope }) => nameIn(scope, level)).filter((name) => name !== undefined),
  );
  return names.size === 1 ? [...names][0] : undefined;
}

function nameIn(scope: string, level: Level): string | undefined {
  return scope.startsWith(`${level}/`) ? scope.slice(level.length + 1) : undefined;
}

/** The file name of a program, made a name. */
function commandName(command: string): string {
  const name = basename(command)
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64);
  return /^\.{0,2}$/.test(name) ? 'agent' : name;
}

function checkScopes(id: AgentId, text: string, documents: readonly ScopedDocument[]): void {
  const faults = documents.flatMap(({ scope, file, line }) =>
    LEVELS.filter((level) => (nameIn(scope, level) ?? id[level]) !== id[level]).map(
      () => `${file}:${line}: the document's scope is ${scope}`,
    ),
  );
  if (faults.length === 0) return;
  const documentsText = faults.length === 1 ? 'a policy document' : `${faults.length} policy documents`;
  throw new WarderError(
    'AGENT_SCOPE',
    `${documentsText} would never apply to the agent ${text}:\n${faults.join('\n')}`,
    'say which agent it is with --agent ORG/TEAM/NAME, or leave the document out',
  );
}
