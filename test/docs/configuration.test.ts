/**
 * docs/configuration.md is what the schemas of the configuration say of themselves. After a change:
 *
 *     npx vitest run --project unit test/docs -u
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GATEWAY_FILE, gatewaySchema } from '../../src/cli/config/gateway.ts';
import { type DocumentedOption, optionsOf } from '../../src/cli/config/option.ts';
import { RUNTIME_FILE, runtimeSchema } from '../../src/cli/config/runtime.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));

const HEAD = `# Configuration of the services

One YAML file for each service. \`warder config check FILE…\` tells every fault with line and column, without starting
anything; a service does not start with a faulty file. A file that was not named with \`--config\` and is not at the default
place counts as an empty one. An environment variable, where an option has one, beats the file; lists are written with commas.

A reload (\`systemctl reload\`, SIGHUP) takes up, of the runtime's file, \`allow\`, \`adopt\`, \`engines\` and \`dns\`; of the gateway's
\`audit.witness_of\`, and the policies. What else has changed is named in the log and taken at the next start; so is a changed file of
\`redaction.rules\`.

Written by \`npx vitest run --project unit test/docs -u\` from the schemas in src/cli/config/.
`;

function row({ path, form, fallback, variable, says }: DocumentedOption): string {
  const cells = [`\`${path.join('.')}\``, form, fallback, variable ? `\`${variable}\`` : '', says];
  return `| ${cells.join(' | ')} |`;
}

function table(title: string, options: readonly DocumentedOption[]): string {
  const head = '| option | is | left out | environment | |\n|---|---|---|---|---|';
  return `## ${title}\n\n${head}\n${options.map(row).join('\n')}\n`;
}

test('docs/configuration.md is what the schemas say of themselves', async () => {
  const sections = [
    HEAD,
    table(`Gateway: \`${GATEWAY_FILE}\``, optionsOf(gatewaySchema)),
    table(`Runtime: \`${RUNTIME_FILE}\``, optionsOf(runtimeSchema)),
  ];
  await expect(sections.join('\n')).toMatchFileSnapshot(DOCUMENT);
});
