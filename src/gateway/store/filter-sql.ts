/**
 * A filter as conditions on the table `events`. The path is not among them: it stands in the events themselves.
 */
import { agentCondition } from './agent-names.ts';
import { KINDS } from './entry.ts';
import type { LogFilter } from './event-log.ts';

export interface Conditions {
  /** Begins with AND, or is empty. */
  where: string;
  values: (string | number)[];
  /** An index leads straight to the rows, so that no scan needs a bound. */
  indexed: boolean;
}

export function conditions(filter: LogFilter | undefined): Conditions {
  const terms: string[] = [];
  const values: (string | number)[] = [];
  const oneOf = (list: readonly (string | number)[]): string => {
    values.push(...list);
    return `(${list.map(() => '?').join(', ')})`;
  };
  const runs = filter?.runs ?? [];
  if (runs.length === 1) {
    terms.push('run = (SELECT id FROM runs WHERE name = ?)');
    values.push(runs[0]!);
  } else if (runs.length > 1) {
    terms.push(`run IN (SELECT id FROM runs WHERE name IN ${oneOf(runs)})`);
  }
  if (filter?.agents?.length) {
    const named = agentCondition(filter.agents);
    terms.push(`agent IN (SELECT id FROM agents WHERE ${named.sql})`);
    values.push(...named.values);
  }
  if (filter?.hosts?.length) {
    terms.push(`origin IN (SELECT id FROM origins WHERE host IN ${oneOf(filter.hosts)})`);
  }
  if (filter?.kinds?.length) terms.push(`kind IN ${oneOf(filter.kinds.map((kind) => KINDS.indexOf(kind)))}`);
  if (filter?.verdicts?.length) {
    terms.push(`(verdict IN ${oneOf(filter.verdicts)} OR would IN ${oneOf(filter.verdicts)})`);
  }
  const where = terms.map((term) => ` AND ${term}`).join('');
  return { where, values, indexed: runs.length === 1 && !filter?.pathPrefix };
}
