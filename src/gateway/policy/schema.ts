/**
 * The one schema of a policy document: its keys, and what may stand under each.
 *
 * In:  the plain value of one YAML document.
 * Out: its parts with patterns and amounts parsed, or every issue of it at once.
 */
import { z } from 'zod';
import type { Complaint } from '../../contract/complaint.ts';
import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import { type Category, type Pattern, parsePattern } from '../../contract/pattern.ts';
import { EFFECTS } from '../../contract/policy.ts';
import { BUILTIN_DENIES, liftable } from './builtin.ts';
import {
  parseCost,
  parseCount,
  parsePercent,
  parseSize,
  parseSizeRate,
  parseTimeRate,
} from './quantities.ts';
import { amount, complaints, inRange, kindOf, list, mapping, oneOf, two, wrong } from './schema-parts.ts';

export interface WrittenPattern {
  text: string;
  pattern: Pattern;
  warning: Complaint | null;
  /** In its list; null where the rule has a single pattern. */
  index: number | null;
}

/** One pattern or a list of them. */
function patterns(category: Category) {
  return z.unknown().transform((input, context): WrittenPattern[] => {
    const texts: unknown[] = Array.isArray(input) ? input : [input];
    const written: WrittenPattern[] = [];
    const complain = (complaint: Complaint, index: number) =>
      context.addIssue({
        code: 'custom',
        path: Array.isArray(input) ? [index] : [],
        message: two(complaint),
      });
    if (texts.length === 0)
      complain({ message: 'the rule is empty', fix: 'name what it is about, or take it out' }, -1);
    texts.forEach((text, index) => {
      if (typeof text !== 'string') {
        const message =
          text === null || text === undefined
            ? 'the rule is empty: a pattern is missing'
            : `a pattern cannot be ${kindOf(text)}`;
        complain({ message, fix: 'write a text, in quotes where YAML reads something else' }, index);
        return;
      }
      const parsed = parsePattern(category, text);
      if ('fault' in parsed) complain(parsed.fault, index);
      else {
        const warning = parsed.warning ?? null;
        written.push({ text, pattern: parsed.pattern, warning, index: Array.isArray(input) ? index : null });
      }
    });
    return written;
  });
}

const because = z
  .string({ error: (issue) => wrong('because', issue.input, 'write a sentence for people') })
  .trim()
  .min(1, { error: two({ message: 'because is empty', fix: 'write a sentence for people, or take it out' }) })
  .max(LIMITS.becauseLength, {
    error: two({
      message: `because is longer than ${LIMITS.becauseLength} characters`,
      fix: 'write one sentence, and link to the rest',
    }),
  });

function rule(category: Category) {
  const shape = {
    allow: patterns(category).optional(),
    hold: patterns(category).optional(),
    deny: patterns(category).optional(),
    because: because.optional(),
  };
  return mapping('a rule', shape).superRefine((value, context) => {
    const effects = EFFECTS.filter((effect) => value[effect] !== undefined);
    if (effects.length === 1) return;
    context.addIssue({
      code: 'custom',
      message: two(
        effects.length === 0
          ? { message: 'the rule is empty', fix: 'write allow:, hold: or deny: with what it is about' }
          : {
              message: `the rule has ${effects.join(' and ')}`,
              fix: 'write a rule of its own for each; deny beats hold beats allow, whatever the order',
            },
      ),
    });
  });
}

function rules(category: Category) {
  return list(
    category,
    rule(category),
    category === 'connect' ? '- allow: 10.0.0.1:443' : '- allow: /usr/bin/git',
  );
}

/** Names alone stand for `allow`; rules as in other categories are taken as well. */
const privileged = z
  .unknown()
  .transform((input) =>
    Array.isArray(input) ? input.map((item) => (typeof item === 'string' ? { allow: item } : item)) : input,
  )
  .pipe(list('privileged', rule('privileged'), '[ptrace-others], or [] for none'));

const name = (what: string) =>
  z
    .string({ error: (issue) => wrong(what, issue.input, 'write a name: coding-agent') })
    .regex(new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${LIMITS.nameLength - 1}}$`), {
      error: (issue) =>
        two({
          message: `${what} cannot be ${JSON.stringify(issue.input)}`,
          fix: `write letters, digits, dot, dash and underscore, at most ${LIMITS.nameLength}`,
        }),
    });

const scope = z
  .string({
    error: (issue) => wrong('scope', issue.input, 'write fleet, org/<name>, team/<name> or agent/<name>'),
  })
  .superRefine((value, context) => {
    if (value === 'fleet') return;
    const [kind = '', scoped, more] = value.split('/');
    const kinds = ['fleet', 'org', 'team', 'agent'];
    const meant = nearest(kind, kinds);
    const good = ['org', 'team', 'agent'].includes(kind) && scoped !== undefined && more === undefined;
    if (good && name('scope').safeParse(scoped).success) return;
    context.addIssue({
      code: 'custom',
      message: two({
        message: `scope cannot be ${JSON.stringify(value)}`,
        fix: `write ${meant && meant !== 'fleet' ? `${meant}/<name>` : 'fleet, org/<name>, team/<name> or agent/<name>'}`,
      }),
    });
  });

const METADATA = { name: name('name'), scope };

/** What is wrong with a name or a scope, for who writes documents; null: nothing. */
export function metadataComplaint(part: keyof typeof METADATA, text: string): Complaint | null {
  const parsed = METADATA[part].safeParse(text);
  return parsed.success ? null : complaints(parsed.error)[0]!;
}

const count = (what: string) =>
  amount(what, parseCount, '200/min').superRefine(inRange(what, (rate) => rate.amount, 0, 1e9));

const budget = mapping('budget', {
  execs: count('execs').optional(),
  connects: count('connects').optional(),
  changes: count('changes').optional(),
  egress: amount('egress', parseSizeRate, '50MB/hour')
    .superRefine(inRange('egress in bytes', (rate) => rate.amount, 0, 1e15))
    .optional(),
  time: amount('time', parseTimeRate, '8h/day')
    .superRefine(inRange('time in milliseconds', (rate) => rate.amount, 0, 1e15))
    .optional(),
  cost: amount('cost', parseCost, '25 USD/day')
    .superRefine(inRange('cost', (rate) => rate.amount, 0, 1e9))
    .optional(),
  on_exceed: oneOf('on_exceed', ['deny', 'suspend', 'kill']).default('deny'),
});

const pids = z
  .number({ error: (issue) => wrong('pids', issue.input, 'write a whole number: 500') })
  .superRefine((value, context) => {
    if (Number.isInteger(value) && value >= 1 && value <= 4_194_304) return;
    context.addIssue({
      code: 'custom',
      message: two({
        message: `pids is out of range: ${value}`,
        fix: 'write a whole number, 1 to 4,194,304',
      }),
    });
  });

const limits = mapping('limits', {
  pids: pids.optional(),
  memory: amount('memory', parseSize, '4GB')
    .superRefine(inRange('memory in bytes', Number, 2 ** 20, 2 ** 50))
    .optional(),
  cpu: amount('cpu', parsePercent, '200%')
    .superRefine(inRange('cpu in percent', Number, 1, 100_000))
    .optional(),
});

const environmentName = z
  .string({ error: (issue) => wrong('a name to pass', issue.input, 'write a name: PATH') })
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, {
    error: (issue) =>
      two({
        message: `${JSON.stringify(issue.input)} is no name of an environment variable`,
        fix: 'write each name out: letters, digits and underscore; there are no wildcards here',
      }),
  });

const environment = mapping('environment', { pass: list('pass', environmentName, '[PATH, HOME]') });

const lifted = z
  .string({ error: (issue) => wrong('a built-in deny', issue.input, 'write its pattern: "**/.env"') })
  .transform((value, context) => {
    const known = liftable(value);
    if (known) return known;
    const meant = nearest(value, BUILTIN_DENIES);
    context.addIssue({
      code: 'custom',
      message: two({
        message: `${JSON.stringify(value)} is no built-in deny`,
        fix: meant ? `write ${meant}` : 'write one as `warder policy effective` lists it, letter by letter',
      }),
    });
    return z.NEVER;
  });

const spec = mapping('spec', {
  mode: oneOf('mode', ['monitor', 'enforce']).optional(),
  exec: rules('exec').optional(),
  read: rules('read').optional(),
  write: rules('write').optional(),
  load: rules('load').optional(),
  connect: rules('connect').optional(),
  listen: rules('listen').optional(),
  privileged: privileged.optional(),
  budget: budget.optional(),
  require: oneOf('require', ['prevent']).optional(),
  approval: oneOf('approval', ['second-person']).optional(),
  limits: limits.optional(),
  environment: environment.optional(),
  lift_builtin: list('lift_builtin', lifted, '["**/.env"]').optional(),
  base: oneOf('base', ['none']).optional(),
});

export const policySchema = mapping('a policy document', {
  apiVersion: oneOf('apiVersion', ['warder.dev/v1']),
  kind: oneOf('kind', ['Policy']),
  metadata: mapping('metadata', METADATA),
  spec,
});

export type PolicyValue = z.output<typeof policySchema>;
export type Budget = z.output<typeof budget>;
