/**
 * Which events a command is about: the options that tail, query and export share.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { SEGMENT } from '../contract/agent-id.ts';
import { type EventFilter, Verdict } from '../contract/messages.ts';
import { KINDS as LOG_KINDS } from '../gateway/store/entry.ts';

export interface FilterOptions {
  agent?: string[];
  run?: string[];
  kind?: string[];
  verdict?: string[];
  path?: string;
  host?: string[];
  where?: string;
}

/** Those of the log, without the one for events of no known kind. */
const KINDS = LOG_KINDS.filter((kind) => kind !== 'none');
const VERDICTS: Readonly<Record<string, Verdict>> = {
  allow: Verdict.VERDICT_ALLOW,
  hold: Verdict.VERDICT_HOLD,
  deny: Verdict.VERDICT_DENY,
};

const AGENT = new RegExp(`^(spiffe://.+|(${SEGMENT}/${SEGMENT}/)?${SEGMENT})$`);

/** A name that cannot be any agent's would look as if nothing had been done. */
export const AGENTS = [
  '-a, --agent <names>',
  'of these agents: NAME, ORG/TEAM/NAME or a whole spiffe:// id',
  (text: string, before?: readonly string[]): string[] => {
    const odd = text.split(',').find((name) => name !== '' && !AGENT.test(name));
    if (odd === undefined) return list()(text, before);
    throw new InvalidArgumentError(
      `'${odd}' names no agent: write NAME, ORG/TEAM/NAME or a whole spiffe:// id.`,
    );
  },
] as const;

export const FILTER_HELP = `Filters of one kind add up, filters of different kinds must all hold. Lists are written with commas, or by
giving an option again. A verdict matches what is in force, and what a monitoring layer would have said.`;

export function addFilterOptions(command: Command): Command {
  return command
    .option(...AGENTS)
    .option('-r, --run <ids>', 'of these runs', list())
    .option('-k, --kind <kinds>', `of these kinds: ${KINDS.join(', ')}`, list(KINDS))
    .option('--verdict <verdicts>', 'with these verdicts: allow, hold, deny', list(Object.keys(VERDICTS)))
    .option('--path <path>', 'about this file, or what lies under this directory')
    .option('--host <names>', 'of these hosts', list())
    .option('--where <condition>', 'for which this holds, in CEL (docs/consumers.md)');
}

export function eventFilter({ agent, run, kind, verdict, path, host, where }: FilterOptions): EventFilter {
  return {
    agents: agent ?? [],
    runs: run ?? [],
    kinds: kind ?? [],
    verdicts: (verdict ?? []).map((name) => VERDICTS[name]!),
    pathPrefix: path ?? '',
    hosts: host ?? [],
    expression: where ?? '',
  };
}

/** Parses a list with commas, added to what was given before; only words of `known`, where it is given. */
export function list(known?: readonly string[]) {
  return (text: string, before: readonly string[] = []): string[] => {
    const words = text.split(',').filter(Boolean);
    const unknown = words.find((word) => known && !known.includes(word));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`'${unknown}' is none of ${known!.join(', ')}.`);
    }
    if (words.length === 0) throw new InvalidArgumentError('The list is empty.');
    return [...before, ...words];
  };
}
