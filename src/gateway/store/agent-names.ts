/**
 * Which agents a filter names: each name is a SPIFFE ID, the last segment of one, or ORG/TEAM/NAME of any trust domain.
 */

/** A condition on the table `agents`, and its values. The column `segment` has an index, as has the name. */
export function agentCondition(names: readonly string[]): { sql: string; values: string[] } {
  const paths = names.filter((name) => name.includes('/') && !name.startsWith(SCHEME));
  const terms = [`name IN ${marks(names)}`, `segment IN ${marks(names)}`];
  if (paths.length > 0) terms.push(`${PATH} IN ${marks(paths)}`);
  return { sql: terms.join(' OR '), values: [...names, ...names, ...paths] };
}

export function isNamed(agent: string, names: readonly string[]): boolean {
  return [agent, segmentOf(agent), pathOf(agent)].some((form) => names.includes(form));
}

/** The last segment. */
export function segmentOf(agent: string): string {
  return agent.slice(agent.lastIndexOf('/') + 1);
}

const SCHEME = 'spiffe://';
/** `pathOf` in SQL, where positions count from 1; without a scheme, something that no name is. */
const PATH = `substr(name, ${SCHEME.length + 1} + instr(substr(name, ${SCHEME.length + 1}), '/'))`;

function pathOf(agent: string): string {
  return agent.slice(agent.indexOf('/', SCHEME.length) + 1);
}

function marks(values: readonly string[]): string {
  return `(${values.map(() => '?').join(', ')})`;
}
