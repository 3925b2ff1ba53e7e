/**
 * `adopt` in runtime.yaml: what comes under an agent that Warder does not start.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { amount, list, mapping, two } from '../../gateway/policy/schema-parts.ts';
import { type TemplateKind, templateFault } from '../../runtime/adoption/rules.ts';
import { option, path } from './option.ts';

const KINDS = ['units', 'cgroups', 'executables', 'containers'] as const satisfies readonly TemplateKind[];
const PATTERN = '`*` stands for any text without a slash, `?` for one character';

function pattern(what: string, isOne: (text: string) => boolean, example: string) {
  return amount(
    what,
    (value) => (value !== '' && value.length <= 512 && isOne(value) ? value : null),
    example,
  );
}

const unit = pattern('a unit', (text) => /^[^/\s]+\.(service|scope|slice)$/.test(text), 'coder@*.service');
const cgroup = pattern(
  'a cgroup',
  (text) => /^\/[^\0]*[^/\0]$/.test(text) && !text.split('/').some((part) => part === '.' || part === '..'),
  '/agents.slice/*, a path below the root of cgroup2',
);
const executable = pattern(
  'an executable',
  (text) => isAbsolute(text) && !/[*?]/.test(text),
  '/usr/local/bin/claude',
);
const anyText = pattern('a pattern', () => true, "'coder-*'");

const containers = mapping('containers', {
  labels: option(
    z
      .record(z.string().min(1), anyText, {
        error: () => two({ message: 'labels is no mapping', fix: "write {dev.warder.agent: '*'}" }),
      })
      .optional(),
    {
      form: 'mapping of labels to patterns',
      fallback: 'any',
      says: 'Containers that have all of these labels; `*` stands for any value.',
    },
  ),
  name: option(anyText.optional(), { form: 'a pattern', fallback: 'any', says: "The container's name." }),
  image: option(anyText.optional(), {
    form: 'a pattern',
    fallback: 'any',
    says: 'Its image, as it was named when the container was made.',
  }),
})
  .superRefine((rule, context) => {
    if (rule.name !== undefined || rule.image !== undefined || Object.keys(rule.labels ?? {}).length > 0)
      return;
    context.addIssue({
      code: 'custom',
      message: two({
        message: 'containers would be every container of the host',
        fix: "write labels, name or image; name: '*' where all are meant",
      }),
    });
  })
  .transform(({ labels = {}, ...rule }) => ({ ...rule, labels }));

export const adoptionRule = mapping('a rule of adopt', {
  agent: option(
    amount('agent', (text) => (text.length <= 512 ? text : null), 'acme/payments/${name}'),
    {
      form: '`ORG/TEAM/NAME`, with `${name}`, `${instance}` or `${label:KEY}` in it',
      fallback: 'must be written',
      says:
        'Which agent it is. `${name}` is what the unit (up to its `@`), container, cgroup or executable is called, `${instance}` what ' +
        'stands behind the `@` of a unit, `${label:KEY}` a label of a container. What no name may hold becomes `_`.',
    },
  ),
  workspace: option(path('workspace', '/srv/work').optional(), {
    form: 'a directory',
    fallback: 'none: a policy that speaks of it is not applied, and the log says so',
    says: 'What `${workspace}` stands for in policies, as the agent sees it.',
  }),
  units: option(list('units', unit, '[coder@*.service]').optional(), {
    form: 'list of patterns',
    fallback: 'none',
    says: `Units of the system's manager, by name. ${PATTERN}. One without these is waited for in the kernel, and governed from its first instruction.`,
  }),
  cgroups: option(list('cgroups', cgroup, '[/agents.slice/*]').optional(), {
    form: 'list of patterns',
    fallback: 'none',
    says: 'Directories of cgroup2, by their path from its root, with all below them; as units.',
  }),
  executables: option(list('executables', executable, '[/usr/local/bin/claude]').optional(), {
    form: 'list of paths',
    fallback: 'none',
    says: "Who runs one of these files, and who will, wherever it is started. A script's interpreter cannot be named.",
  }),
  containers: containers.optional(),
})
  .superRefine((rule, context) => {
    const kinds = KINDS.filter((kind) => rule[kind] !== undefined);
    const fault = templateFault(rule.agent, kinds);
    if (fault) {
      const fix = 'write ORG/TEAM/NAME, such as acme/payments/${name}';
      const message = two({ message: `agent '${rule.agent.slice(0, 100)}' ${fault}`, fix });
      context.addIssue({ code: 'custom', path: ['agent'], message });
    }
    if (kinds.length > 0) return;
    const message = two({ message: 'a rule of adopt names nothing', fix: `write ${KINDS.join(', ')}` });
    context.addIssue({ code: 'custom', message });
  })
  .transform(({ units = [], cgroups = [], executables = [], ...rule }) => ({
    ...rule,
    units,
    cgroups,
    executables,
  }));
