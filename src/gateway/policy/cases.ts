/**
 * Policy tests: files that say which answer a policy must give, for CI beside the policy in git.
 *
 *     apiVersion: warder.dev/v1
 *     kind: PolicyTest
 *     policies: [policy.yaml]          # beside this file; left out: policy.yaml for policy.test.yaml
 *     agent: acme/payments/coder       # left out: what the scopes of the policies say
 *     variables: {workspace: /work}
 *     cases:
 *       - exec: /usr/bin/git
 *         expect: allow
 *       - connect: 10.20.0.13:5432
 *         expect: deny
 *         rule: 10.20.0.13             # the pattern of the rule that decides
 *
 * A case is about what the policy says with every layer enforcing, so that one in monitor mode can be tested.
 */
import { z } from 'zod';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { EFFECTS, type Effect } from '../../contract/policy.ts';
import { list, mapping, oneOf, two, wrong, yamlFaults } from './schema-parts.ts';
import { type Fault, type Place, readYaml } from './yaml-source.ts';

export interface PolicyCase extends Place {
  name: string;
  category: Category;
  target: string;
  expect: Effect;
  /** Pattern of the rule that must decide; null where any may. */
  rule: string | null;
}

export interface PolicyTest {
  file: string;
  /** As written, relative to the file; null: the policy beside it. */
  policies: string[] | null;
  agent: string | null;
  variables: Readonly<Record<string, string | undefined>>;
  cases: PolicyCase[];
}

function text(what: string, fix: string) {
  return z
    .string({ error: (issue) => wrong(what, issue.input, fix) })
    .min(1, { error: two({ message: `${what} is empty`, fix }) });
}

const variable = (name: string) => text(name, 'write an absolute path: /work').optional();
const target = (category: Category) =>
  text(category, 'write what is acted on: /usr/bin/git, 10.0.0.1:443').optional();

const caseSchema = mapping('a case', {
  name: text('name', 'write a sentence').optional(),
  exec: target('exec'),
  read: target('read'),
  write: target('write'),
  load: target('load'),
  connect: target('connect'),
  listen: target('listen'),
  privileged: target('privileged'),
  expect: oneOf('expect', EFFECTS),
  rule: text('rule', 'write the pattern of the rule that must decide').optional(),
}).superRefine((value, context) => {
  const actions = CATEGORIES.filter((category) => value[category] !== undefined);
  if (actions.length === 1) return;
  const message = actions.length === 0 ? 'the case has no action' : `the case has ${actions.join(' and ')}`;
  context.addIssue({
    code: 'custom',
    message: two({ message, fix: `write one of ${CATEGORIES.join(', ')} with what is acted on` }),
  });
});

const testSchema = mapping('a policy test', {
  apiVersion: oneOf('apiVersion', ['warder.dev/v1']),
  kind: oneOf('kind', ['PolicyTest']),
  policies: list('policies', text('a policy', 'write a path: policy.yaml'), '[policy.yaml]').optional(),
  agent: text('agent', 'write a name, or org/team/name').optional(),
  variables: mapping('variables', {
    workspace: variable('workspace'),
    home: variable('home'),
    run: variable('run'),
  }).optional(),
  cases: list('cases', caseSchema, '- exec: /usr/bin/git').min(1, {
    error: two({
      message: 'there are no cases',
      fix: 'write at least one: - exec: /usr/bin/git, expect: allow',
    }),
  }),
});

export function parsePolicyTest(content: string, file: string): { test: PolicyTest | null; faults: Fault[] } {
  const { values, faults } = readYaml(content, file);
  const [yaml, second] = values;
  if (second) {
    const fix = 'write one file for each test';
    faults.push({ file, ...second.placeOf([]), message: 'a second YAML document', fix });
  }
  if (!yaml) {
    if (faults.length === 0) {
      const fix = 'begin with apiVersion: warder.dev/v1 and kind: PolicyTest';
      faults.push({ file, line: 1, column: 1, message: 'the file holds no policy test', fix });
    }
    return { test: null, faults };
  }
  const parsed = testSchema.safeParse(yaml.value);
  if (!parsed.success) return { test: null, faults: [...faults, ...yamlFaults(parsed.error, yaml, file)] };
  if (faults.length > 0) return { test: null, faults };
  const { policies, agent, variables, cases } = parsed.data;
  return {
    faults,
    test: {
      file,
      policies: policies ?? null,
      agent: agent ?? null,
      variables: Object.fromEntries(
        Object.entries(variables ?? {}).filter(([, value]) => value !== undefined),
      ),
      cases: cases.map((value, index): PolicyCase => {
        const category = CATEGORIES.find((each) => value[each] !== undefined)!;
        const name = value.name ?? `${category} ${value[category]}`;
        const place = yaml.placeOf(['cases', index]);
        return {
          name,
          category,
          target: value[category]!,
          expect: value.expect,
          rule: value.rule ?? null,
          ...place,
        };
      }),
    },
  };
}
