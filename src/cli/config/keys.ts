/**
 * `keys` in gateway.yaml: where a gateway's secrets are kept, if not in its state directory.
 */
import { mapping } from '../../gateway/policy/schema-parts.ts';
import { option, secret } from './option.ts';

const FORM = '`file:/path`, `env:NAME` or `cred:NAME`';

function key(name: string, says: string) {
  return option(secret(`keys.${name}`, `cred:warder-${name}-key`).optional(), {
    form: FORM,
    fallback: `\`keys/${name}.pem\` below \`state\`, made at first use`,
    says,
  });
}

export const keys = mapping('keys', {
  policy: key(
    'policy',
    'Ed25519 key that policies are signed with, PEM. A reference, never the key itself; `cred:` is a credential of the service manager (`LoadCredential=`).',
  ),
  witness: key('witness', 'Ed25519 key of cosignatures for other logs, PEM.'),
  authority: key('authority', 'P-256 key and certificate of the authority for hosts, PEM, both in one.'),
});
