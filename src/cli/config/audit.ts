/**
 * `audit` in the gateway's configuration: where checkpoints go, whose witness it is, what it lets go of.
 */
import { parseSize } from '../../gateway/policy/quantities.ts';
import { amount, inRange, list, mapping, oneOf } from '../../gateway/policy/schema-parts.ts';
import { duration, option, path, text } from './option.ts';

const KEY = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;
const ADDRESS = /^(unix:\/.+|(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5})$/;

export const audit = mapping('audit', {
  checkpoint_file: option(path('audit.checkpoint_file', '/srv/evidence/warder.checkpoint').optional(), {
    form: 'a file',
    fallback: 'none',
    says: "The log's last checkpoint, for another host to fetch: what it holds cannot be taken back.",
  }),
  checkpoint_log: option(oneOf('audit.checkpoint_log', ['none', 'service', 'syslog']).optional(), {
    form: '`none`, `service` or `syslog`',
    fallback: '`none`',
    says: "Each checkpoint as one line: in the service's own log, or to `/dev/log` as facility `log audit`.",
  }),
  witnesses: list(
    'audit.witnesses',
    mapping('a witness', {
      address: option(text('audit.witnesses.address', ADDRESS, 'witness.example.com:7443'), {
        form: '`ADDRESS:PORT` or `unix:/path`',
        fallback: 'must be written',
        says: 'A gateway on another host that cosigns checkpoints once it has seen that the log only grew.',
      }),
      key: option(text('audit.witnesses.key', KEY, 'as `warder audit key --witness` prints it'), {
        form: 'a witness key',
        fallback: 'must be written',
        says: 'What its cosignatures are verified with: `warder audit key --witness`, on its host.',
      }),
      authority: option(path('audit.witnesses.authority', '/etc/warder/witness.pem').optional(), {
        form: 'a PEM file',
        fallback: 'in the clear',
        says: 'Speak TLS with it, and take it only with a certificate of this authority: `warder host authority`, on its host.',
      }),
    }),
    '[{address: witness.example.com:7443, key: …}]',
  ).optional(),
  retain: mapping('audit.retain', {
    age: option(
      duration('audit.retain.age', '90d')
        .superRefine(inRange('audit.retain.age (ms)', Number, 3_600_000, 1e13))
        .optional(),
      {
        form: 'a duration: `12h`, `90d`',
        fallback: 'for ever',
        says: 'Events that were signed longer ago go, by whole segments, each time as an event of the log.',
      },
    ),
    size: option(
      amount('audit.retain.size', parseSize, '100GB')
        .superRefine(inRange('audit.retain.size (bytes)', Number, 64e6, 1e15))
        .optional(),
      {
        form: 'a size: `100GB`',
        fallback: 'no bound',
        says: 'The oldest segments go until the log takes no more than this.',
      },
    ),
  }).optional(),
  witness_of: option(
    list('audit.witness_of', text('a key', KEY, 'as `warder audit key` prints it'), '[KEY]').optional(),
    {
      form: "list of logs' keys",
      fallback: 'none',
      says: 'Logs of other gateways whose checkpoints this one cosigns: `warder audit key`, on their hosts.',
    },
  ),
});
