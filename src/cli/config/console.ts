/**
 * `console` of /etc/warder/gateway.yaml: the web page of a gateway.
 */
import type { z } from 'zod';
import { mapping } from '../../gateway/policy/schema-parts.ts';
import { option, path, text } from './option.ts';

export const console = mapping('console', {
  listen: option(
    text('console.listen', /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, '127.0.0.1:7480').optional(),
    {
      form: '`ADDRESS:PORT`',
      fallback: '`127.0.0.1:7480`; no console where `console` is left out (`console: {}` is one)',
      variable: 'WARDER_CONSOLE',
      says:
        'Where the gateway serves a web page for people, who log in with a key ([console.md](console.md)). In the clear on ' +
        'loopback, behind TLS 1.3 elsewhere.',
    },
  ),
  certificate: option(path('console.certificate', '/etc/warder/console.pem').optional(), {
    form: 'a PEM file',
    fallback: "one of the gateway's own authority, for `names`",
    says: 'Certificate of the page, with its chain, that browsers trust. With `console.key`. Read again twice a day.',
  }),
  key: option(path('console.key', '/etc/warder/console.key').optional(), {
    form: 'a PEM file',
    fallback: 'that of the certificate above',
    says: 'Its private key.',
  }),
});

export function consoleOptions(given: z.output<typeof console> | undefined) {
  if (!given) return undefined;
  const { listen = '127.0.0.1:7480', certificate, key } = given;
  return { listen, certificate, key };
}
