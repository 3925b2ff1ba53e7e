/**
 * `warder policy learn`: the smallest readable policy under which recorded work is refused nothing.
 *
 * Out: the document on stdout or in a file, 0600; on stderr what was done and is not in it. Status 1 when there is any.
 * Throws: LEARN_NOTHING where nothing was recorded, and what reading and querying throw.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { toNumber } from '../contract/int64.ts';
import type { Variables } from '../contract/path-pattern.ts';
import { learn } from '../gateway/policy/learn/learn.ts';
import { Seen } from '../gateway/policy/learn/seen.ts';
import { metadataComplaint } from '../gateway/policy/schema.ts';
import { agentSpiffeId } from './agent-name.ts';
import { list } from './event-filter.ts';
import { eventFromJson } from './event-from-json.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { EXIT } from './failure.ts';
import { stderrSink, stdoutSink } from './line-sink.ts';
import { writeOutputFile } from './output-file.ts';
import { runIds } from './query.ts';
import { QueryClient } from './query-client.ts';
import { runVariables } from './rerun-policy.ts';

interface LearnOptions extends SourceOptions {
  run?: string[];
  from?: string[];
  scope?: string;
  name: string;
  home?: string;
  enforce?: boolean;
  out?: string;
}

const HELP = `
Record the work first, best under a policy in monitor mode, which prevents nothing. Paths are generalised to the trees of
packages, the workspace, the home's own directories and temporary places; never into places that are denied by default.

Examples:
  sudo warder policy learn --run last --out learned.yaml
  sudo warder policy learn --run 3f2a91,77b0c2 --enforce
  warder policy learn --from events.jsonl --scope team/payments`;

export function learnCommand(): Command {
  const command = new Command('learn')
    .summary('write the smallest policy for recorded work')
    .description('Write the smallest policy under which recorded work is refused nothing.')
    .option('-r, --run <ids>', "from these runs: ids, ends of ids, or 'last'", list())
    .option('--from <file...>', 'from these files of JSON lines (warder run --json, query --json, export)')
    .option(
      '--scope <scope>',
      'scope of the policy; default: agent/NAME of the agent that was recorded',
      scope,
    )
    .option('--name <name>', 'name of the policy', name, 'learned')
    .option('--home <dir>', "the recorded ${home}; default: that of the run's user")
    .option('--enforce', 'write mode: enforce instead of mode: monitor')
    .option('-o, --out <file>', 'write it here; default: stdout');
  return addSourceOptions(command).addHelpText('after', HELP).action(learnFrom);
}

/** What the document will be refused for otherwise, after all was read. */
function scope(text: string): string {
  return metadataPart('scope', text);
}

function name(text: string): string {
  return metadataPart('name', text);
}

function metadataPart(part: 'scope' | 'name', text: string): string {
  const complaint = metadataComplaint(part, text);
  if (complaint === null) return text;
  throw new InvalidArgumentError(`${complaint.message}: ${complaint.fix}.`);
}

interface Recorded {
  seen: Seen;
  agents: Set<string>;
  runs: number;
}

async function learnFrom(options: LearnOptions, self: Command): Promise<void> {
  if (!options.run === !options.from) self.error('error: one of --run and --from is needed');
  const recorded = options.run
    ? await fromRuns(options.run, options)
    : await fromFiles(options.from!, options);
  const { seen, agents, runs } = recorded;
  if (seen.observations.length === 0) {
    throw new WarderError(
      'LEARN_NOTHING',
      `nothing to learn from in ${runs} runs and ${seen.events} events`,
      'record the work first: warder run --policy monitor.yaml -- COMMAND',
    );
  }
  const [agent = 'agent'] = agents;
  const ofScope = options.scope ?? `agent/${agent.split('/').at(-1)}`;
  const { text, rules, uncovered } = learn(seen, {
    agent: agentFor(ofScope, agent),
    scope: ofScope,
    name: options.name,
    mode: options.enforce ? 'enforce' : 'monitor',
    source: [
      `Learned from ${runs} ${runs === 1 ? 'run' : 'runs'} of ${[...agents].join(', ')}: ${seen.events} events.`,
    ],
  });
  await write(text, options.out);
  const stderr = stderrSink();
  const actions = seen.observations.length;
  stderr.write(
    `warder: ${rules} ${rules === 1 ? 'rule' : 'rules'} for ${actions} different ${actions === 1 ? 'action' : 'actions'}`,
  );
  if (seen.refused > 0)
    stderr.write(`  ${seen.refused} actions were refused when they were recorded: not learned`);
  if (seen.unsure > 0)
    stderr.write(`  ${seen.unsure} actions were not recorded whole (redacted or cut): not learned`);
  if (seen.beyond > 0) stderr.write(`  ${seen.beyond} further actions found no room: not learned`);
  for (const { what, why } of uncovered.slice(0, 50))
    stderr.write(printable(`  not in it: ${what} (${why})`));
  await stderr.close();
  if (uncovered.length > 0) process.exitCode = EXIT.failed;
}

/** An agent that the scope takes in, for the document to be effective for. */
function agentFor(scope: string, recorded: string): string {
  const parts = recorded.startsWith('spiffe://') ? recorded.split('/').slice(3) : [];
  const [org = 'org', team = 'team', agent = 'agent'] = parts;
  const [kind, name = ''] = scope.split('/');
  const path = [kind === 'org' ? name : org, kind === 'team' ? name : team, kind === 'agent' ? name : agent];
  return agentSpiffeId({ given: path.join('/'), command: 'agent', documents: [] });
}

async function fromRuns(names: readonly string[], options: LearnOptions): Promise<Recorded> {
  const client = new QueryClient(eventSource(options));
  try {
    const recorded: Recorded = { seen: new Seen(), agents: new Set(), runs: 0 };
    for (const id of await runIds(client, names)) {
      const run = await client.run(id);
      recorded.runs++;
      recorded.agents.add(run.agent ?? '');
      const variables = withHome(runVariables(run), options.home);
      if (toNumber(run.events) === 0) continue;
      for await (const page of client.events({ filter: { runs: [id] }, pageSize: 1000 })) {
        for (const { event } of page) if (event) recorded.seen.add(event, variables);
      }
    }
    return recorded;
  } finally {
    await client.close();
  }
}

async function fromFiles(paths: readonly string[], options: LearnOptions): Promise<Recorded> {
  const recorded: Recorded = { seen: new Seen(), agents: new Set(), runs: 0 };
  const runs = new Map<string, Variables>();
  for (const path of paths) {
    let number = 0;
    try {
      for await (const line of createInterface({
        input: createReadStream(path),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        const event = eventFromJson(line, ++number);
        if (!event?.run) continue;
        if (event.runStarted || !runs.has(event.run)) {
          runs.set(
            event.run,
            withHome(runVariables({ run: event.run, started: event.runStarted ?? null }), options.home),
          );
        }
        if (event.agent) recorded.agents.add(event.agent);
        recorded.seen.add(event, runs.get(event.run)!);
      }
    } catch (error) {
      if (!(error instanceof WarderError)) throw unreadable(path, error as Error);
      throw new WarderError(error.code, `${path}: ${error.message}`, error.fix);
    }
  }
  recorded.runs = runs.size;
  return recorded;
}

function withHome(variables: Variables, home: string | undefined): Variables {
  return home === undefined ? variables : { ...variables, home };
}

async function write(text: string, path: string | undefined): Promise<void> {
  if (path === undefined) {
    const stdout = stdoutSink();
    for (const line of text.trimEnd().split('\n')) stdout.write(line);
    await stdout.close();
    return;
  }
  writeOutputFile(path, text);
}

function unreadable(path: string, error: Error): WarderError {
  return new WarderError(
    'EVENT_JSON',
    `${path} cannot be read: ${error.message}`,
    'name a file that is there and may be read',
  );
}
