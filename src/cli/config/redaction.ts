/**
 * `redaction:` of both services: rules of the user beside the built-in ones.
 */
import { list, mapping } from '../../gateway/policy/schema-parts.ts';
import { option, path } from './option.ts';

export const redaction = mapping('redaction', {
  rules: option(
    list(
      'redaction.rules',
      path('a rule file', '/etc/warder/redaction.yaml'),
      '[/etc/warder/redaction.yaml]',
    ).optional(),
    {
      form: 'list of rule files',
      fallback: 'none',
      says:
        'Rules for secrets of your own, beside the built-in ones ([format](redaction.md#rules-of-your-own)). The service does not ' +
        'start where one is faulty or misses a sample of its own.',
    },
  ),
});
