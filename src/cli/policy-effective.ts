/**
 * `warder policy effective FILE…`: what is effective for one agent, layer by layer, built-in ones included.
 *
 * Out: on stdout, lines for people, or with --json the EffectivePolicy with its content address.
 */
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { policyAddress } from '../contract/canonical.ts';
import { EffectivePolicy } from '../contract/messages.ts';
import { layerName, type Policy, type PolicyLayer, type PolicyRule, readPolicy } from '../contract/policy.ts';
import { stdoutSink } from './line-sink.ts';
import { type AgentOptions, effectiveOfFiles } from './policy-inputs.ts';

interface EffectiveOptions extends AgentOptions {
  json?: boolean;
}

export function effectiveCommand(): Command {
  return new Command('effective')
    .summary('show what is effective for an agent')
    .description('Show what is effective for an agent: all layers in order, and what is built in or lifted.')
    .argument('<file...>', 'policy files')
    .option('-a, --agent <id>', 'NAME, ORG/TEAM/NAME or a spiffe:// id; default: what the scopes say')
    .option('--json', 'the effective policy as JSON')
    .action(effective);
}

async function effective(files: string[], options: EffectiveOptions): Promise<void> {
  const message = effectiveOfFiles(files, options);
  const address = policyAddress(message);
  const stdout = stdoutSink();
  if (options.json) {
    const plain = EffectivePolicy.toObject(EffectivePolicy.fromObject(message), {
      enums: String,
      longs: Number,
    });
    stdout.write(JSON.stringify({ address, policy: plain }));
  } else {
    for (const line of lines(readPolicy(message), address)) stdout.write(printable(line));
  }
  await stdout.close();
}

function lines(policy: Policy, address: string): string[] {
  const { limits, environment, lifted } = policy;
  const limited = [
    ...(limits.pids > 0 ? [`pids ${limits.pids}`] : []),
    ...(limits.memoryBytes > 0 ? [`memory ${limits.memoryBytes} bytes`] : []),
    ...(limits.cpuPercent > 0 ? [`cpu ${limits.cpuPercent}%`] : []),
  ];
  return [
    `agent        ${policy.agent}`,
    `policy       ${address}`,
    `lifted       ${lifted.join(' ') || 'nothing'}`,
    `environment  ${environment === null ? 'all names pass' : environment.join(' ') || 'no name passes'}`,
    `limits       ${limited.join(', ') || 'none'}`,
    `require      ${policy.requirePrevent ? 'prevent' : 'nothing'}`,
    `approval     ${policy.secondPerson ? 'by a second person' : 'by anybody with the role'}`,
    ...policy.layers.flatMap(layerLines),
  ];
}

function layerLines(layer: PolicyLayer): string[] {
  const from = layer.builtin ? 'built in' : layer.file;
  return [
    '',
    `${layerName(layer)}  ${layer.mode}  ${from}`,
    ...[...layer.categories].flatMap(([category, rules]) =>
      rules.length === 0
        ? [`  ${category.padEnd(10)} no rule: denied`]
        : rules.map((rule) => ruleLine(category, rule)),
    ),
  ];
}

function ruleLine(category: string, { effect, text, because, line }: PolicyRule): string {
  const where = line > 0 ? `  line ${line}` : '';
  return `  ${category.padEnd(10)} ${effect.padEnd(5)} ${text}${where}${because === '' ? '' : `  # ${because}`}`;
}
