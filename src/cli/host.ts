/**
 * `warder host`: the hosts of a gateway. token: let one enroll; list; revoke.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { stateDirectoryPath } from '../base/state-dir.ts';
import { hostService } from '../contract/identity-service.ts';
import { toNumber } from '../contract/int64.ts';
import { durationUnless } from './duration-option.ts';
import { type GatewayOptions, withAsk, withGateway } from './gateway-client.ts';
import { columns, whenText } from './listing.ts';

export function hostCommand(): Command {
  const command = new Command('host').description('Let hosts speak to a gateway, and stop them.');
  command
    .addCommand(tokenCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(authorityCommand());
  return command;
}

function tokenCommand(): Command {
  return withGateway(new Command('token'))
    .description(
      'Issue a token that one host enrolls with, once. It goes to stdout, what belongs with it to stderr.',
    )
    .argument('<host>', 'what the host is to be called')
    .addOption(durationUnless('--valid <duration>', 'how long it is good', '1h'))
    .addHelpText('after', '\nExample:\n  sudo warder host token build-7 > token')
    .action(async (host: string, options: GatewayOptions & { valid: number }) => {
      const request = { host, validSeconds: Math.round(options.valid / 1000) };
      const { token, authorityFingerprint } = await withAsk(options, (ask) =>
        ask(hostService.issueToken, request),
      );
      process.stdout.write(`${token}\n`);
      process.stderr.write(
        `warder: on ${printable(host)}: warder runtime enroll --gateway ADDRESS:PORT --token-file FILE --ca-fingerprint ${authorityFingerprint}\n`,
      );
    });
}

function listCommand(): Command {
  return withGateway(new Command('list'))
    .description('List the hosts that have enrolled.')
    .option('--json', 'as JSON lines')
    .action(async (options: GatewayOptions & { json?: boolean }) => {
      const { hosts } = await withAsk(options, (ask) => ask(hostService.listHosts, {}));
      const rows = (hosts ?? []).map((row) => ({
        host: row.host ?? '',
        enrolledUnixMs: toNumber(row.enrolledUnixMs),
        expiresUnixMs: toNumber(row.expiresUnixMs),
        revokedUnixMs: toNumber(row.revokedUnixMs),
        attached: row.attached ?? false,
      }));
      if (options.json) {
        for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
        return;
      }
      const head = ['HOST', 'ATTACHED', 'ENROLLED', 'CERTIFICATE UNTIL', 'REVOKED'];
      const cells = rows.map((row) => [
        printable(row.host),
        row.attached ? 'yes' : 'no',
        whenText(row.enrolledUnixMs),
        whenText(row.expiresUnixMs),
        whenText(row.revokedUnixMs),
      ]);
      process.stdout.write(`${columns([head, ...cells])}\n`);
    });
}

function revokeCommand(): Command {
  return withGateway(new Command('revoke'))
    .description('Refuse a host from now on; its streams end at once. A new token lets it enroll again.')
    .argument('<host>')
    .option('--because <text>', 'for the log')
    .action(async (host: string, options: GatewayOptions & { because?: string }) => {
      const request = { host, because: options.because ?? '' };
      const { certificates } = await withAsk(options, (ask) => ask(hostService.revokeHost, request));
      process.stdout.write(`${printable(host)}: revoked, ${certificates} certificates\n`);
    });
}

function authorityCommand(): Command {
  return new Command('authority')
    .description(
      "Print the certificate of the gateway's authority, which its clients go by: WARDER_GATEWAY_CA.",
    )
    .option('-s, --state <dir>', "the gateway's state directory; default: WARDER_STATE_DIR, or the XDG one")
    .action(({ state }: { state?: string }) => {
      const path = join(stateDirectoryPath(state, process.env), 'keys', 'authority.pem');
      const [certificate] =
        /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(readFileSync(path, 'utf8')) ?? [];
      process.stdout.write(`${certificate ?? ''}\n`);
    });
}
