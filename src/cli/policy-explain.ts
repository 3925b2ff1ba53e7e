/**
 * `warder policy explain FILE… CATEGORY TARGET`: the answer to one action, by which layer, rule and line, and
 * what would change it.
 *
 * Out:    lines for people, or one JSON object. Paths are followed through this host's links, unless --no-links.
 * Status: 0 when the action may go ahead, 1 when it is denied or held, 2 where no one action is asked about.
 */
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { Action } from '../contract/action.ts';
import type { RuleRef } from '../contract/messages.ts';
import { layerName } from '../contract/policy.ts';
import { parseAction, parseCategory } from '../gateway/policy/action-text.ts';
import { type ReadyPolicy, type Ruling, ruleOf } from '../gateway/policy/decide.ts';
import { type Explanation, explain } from '../gateway/policy/explain.ts';
import { HostPaths } from '../runtime/enforcement/host-paths.ts';
import { sayLookup } from './explain-lookup.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';
import { type AgentOptions, collect, effectiveOfFiles, readyOnHost, variablesFrom } from './policy-inputs.ts';

interface ExplainOptions extends AgentOptions {
  set?: string[];
  links: boolean;
  json?: boolean;
}

const HELP = `
CATEGORY is exec, read, write, load, connect, listen or privileged. TARGET is one thing: a path, 10.0.0.1:443,
udp/10.0.0.1:53, api.example.com:443, unix:/path, or the name of a privilege. With dns for a category TARGET is a host name that is
looked up, and the type of the query behind it where that is not A: api.example.com, api.example.com/TXT.`;

export function explainCommand(): Command {
  return new Command('explain')
    .summary('tell why an action is allowed, held or denied')
    .description('Tell the answer to one action: verdict, layer, rule and line, and what would change it.')
    .argument('<file...>', 'policy files; behind them one CATEGORY and one TARGET')
    .usage('[options] FILE… CATEGORY TARGET')
    .option('-a, --agent <id>', 'NAME, ORG/TEAM/NAME or a spiffe:// id; default: what the scopes say')
    .option('--set <name=path>', 'workspace, home or run; default: this directory, your home', collect)
    .option('--no-links', "take paths as written, without this host's links")
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(explainAction);
}

async function explainAction(words: string[], options: ExplainOptions, self: Command): Promise<void> {
  const target = words.at(-1)!;
  const files = words.slice(0, -2);
  if (files.length === 0) self.error('error: a file, a category and a target are needed, in this order');
  const word = words.at(-2)!;
  const category = word === 'dns' ? null : orUsage(self, () => parseCategory(word));
  const variables = variablesFrom(options.set ?? []);
  const paths = options.links ? new HostPaths() : new HostPaths(() => null);
  const ready = readyOnHost(effectiveOfFiles(files, options), variables, paths);
  const said = category
    ? sayAction(
        ready,
        orUsage(self, () => parseAction(category, target, variables)),
        paths,
      )
    : orUsage(self, () => lookupSaid(ready, target));
  const { explanation } = said;
  const stdout = stdoutSink();
  if (options.json) stdout.write(JSON.stringify(json(ready, said)));
  else for (const line of lines(ready, said)) stdout.write(printable(line));
  await stdout.close();
  if (explanation.decision.verdict !== 'allow') process.exitCode = EXIT.failed;
}

/** What is no action is no question: it must not end with the status of a no. */
function orUsage<T>(self: Command, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof WarderError) || error.code !== 'POLICY_ACTION') throw error;
    return self.error(`error: ${error.message}; ${error.fix}`);
  }
}

interface Said {
  asked: object;
  explanation: Explanation;
  /** Behind the verdict, where that is by no rule. */
  why?: string;
  /** Further lines on what was asked. */
  lead?: string[];
}

function sayAction(ready: ReadyPolicy, asked: Action, paths: HostPaths): Said {
  const action = resolved(asked, paths);
  const link = 'path' in asked && 'path' in action && asked.path !== action.path;
  const address = 'address' in action && action.address ? { address: [...action.address] } : {};
  return {
    asked: { ...action, ...address },
    explanation: explain(ready, action),
    lead: link ? [`  the path leads to ${action.path} on this host`] : [],
  };
}

function lookupSaid(ready: ReadyPolicy, target: string): Said {
  const { lookup, ...said } = sayLookup(ready, target);
  return { asked: { category: 'dns', ...lookup }, ...said };
}

/** The action as the kernel would see it. */
function resolved(action: Action, paths: HostPaths): Action {
  if (!('path' in action)) return action;
  return { ...action, path: paths.resolve(action.path) ?? action.path };
}

function lines(ready: ReadyPolicy, { explanation, why, lead = [] }: Said): string[] {
  const { decision, matching, changes, notes } = explanation;
  return [
    `${decision.verdict}: ${why ?? reason(ready, decision)}`,
    ...lead,
    ...matching.map((rule) => `  matches: ${ruleText(rule)}`),
    ...changes.map((change) => `  to pass: ${change}`),
    ...notes.map((note) => `  note: ${note}`),
  ];
}

function reason(ready: ReadyPolicy, ruling: Ruling): string {
  const rule = ruleOf(ready, ruling);
  if (rule) return ruleText(rule);
  if (ruling.reason === 'no_category') return 'no layer has this category';
  return `${layerName(ready.policy.layers[ruling.layer]!)} has this category and no rule that allows it`;
}

function ruleText({ layer, effect, pattern, because, file, line }: RuleRef): string {
  const where = file === '' ? layer : `${layer}, ${file}:${line}`;
  return `${effect} ${pattern} (${where})${because === '' ? '' : `: ${because}`}`;
}

function json(ready: ReadyPolicy, { asked, explanation, why }: Said) {
  const { decision, matching, missing, changes, notes } = explanation;
  const { would, ...force } = decision;
  const say = (ruling: Ruling) => ({
    verdict: ruling.verdict,
    reason: ruling.reason,
    rule: ruleOf(ready, ruling),
    layer: ruling.reason === 'no_rule' ? layerName(ready.policy.layers[ruling.layer]!) : null,
  });
  return {
    action: asked,
    ...say(force),
    ...(why === undefined
      ? {}
      : { reason: decision.verdict === 'deny' ? 'type' : 'no_rule', rule: null, why }),
    would: say(would),
    matching,
    missing,
    changes,
    notes,
  };
}
