/**
 * `warder key`: keys of people and consumers. create, list, rotate, revoke; on the gateway's own machine.
 */
import { Command, Option } from 'commander';
import { printable } from '../base/printable.ts';
import { type ApiKey, keyService } from '../contract/identity-service.ts';
import { toNumber } from '../contract/int64.ts';
import { KEY_ROLES } from '../gateway/identity/keys.ts';
import { durationUnless } from './duration-option.ts';
import { type GatewayOptions, withAsk } from './gateway-client.ts';
import { columns, whenText } from './listing.ts';

export function keyCommand(): Command {
  const command = new Command('key').description(
    "Make and end the keys of people and consumers, on the gateway's own machine.",
  );
  command
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
  return command;
}

function sub(name: string): Command {
  return new Command(name).option('-s, --state <dir>', "the gateway's state directory");
}

function createCommand(): Command {
  const roles = new Option('-r, --role <role...>', 'what it is for')
    .choices([...KEY_ROLES])
    .makeOptionMandatory();
  return sub('create')
    .description('Make a key. It goes to stdout, once: the gateway keeps its hash only.')
    .argument('<name>', 'of the person or consumer')
    .addOption(roles)
    .addOption(durationUnless('--valid <duration>', 'how long it is good', '90d'))
    .addHelpText('after', '\nExample:\n  sudo warder key create siem --role viewer --valid 365d > siem.key')
    .action(async (name: string, options: GatewayOptions & { role: string[]; valid: number }) => {
      const validSeconds = Math.round(options.valid / 1000);
      const made = await withAsk(options, (ask) =>
        ask(keyService.createKey, {
          name,
          roles: options.role,
          validSeconds,
        }),
      );
      tell(made.key ?? '', made.about ?? {});
    });
}

function listCommand(): Command {
  return sub('list')
    .description('List the keys, those that are over too.')
    .option('--json', 'as JSON lines')
    .action(async (options: GatewayOptions & { json?: boolean }) => {
      const { keys } = await withAsk(options, (ask) => ask(keyService.listKeys, {}));
      if (options.json) {
        for (const key of keys ?? []) process.stdout.write(`${JSON.stringify(plain(key))}\n`);
        return;
      }
      const cells = (keys ?? [])
        .map(plain)
        .map((key) => [
          key.id,
          printable(key.name),
          key.roles.join(', '),
          whenText(key.expiresUnixMs),
          whenText(key.revokedUnixMs),
        ]);
      process.stdout.write(`${columns([['ID', 'NAME', 'ROLES', 'UNTIL', 'REVOKED'], ...cells])}\n`);
    });
}

function rotateCommand(): Command {
  return sub('rotate')
    .description(
      'Make a new key like another, which goes on for a while: both work until everybody has the new one.',
    )
    .argument('<id>')
    .addOption(durationUnless('--overlap <duration>', 'how long the old one goes on', '24h'))
    .addOption(durationUnless('--valid <duration>', 'how long the new one is good', '90d'))
    .action(async (id: string, options: GatewayOptions & { overlap: number; valid: number }) => {
      const request = {
        id,
        overlapSeconds: Math.round(options.overlap / 1000),
        validSeconds: Math.round(options.valid / 1000),
      };
      const made = await withAsk(options, (ask) => ask(keyService.rotateKey, request));
      tell(made.key ?? '', made.about ?? {});
    });
}

function revokeCommand(): Command {
  return sub('revoke')
    .description('End a key now, and what is open with it.')
    .argument('<id>')
    .action(async (id: string, options: GatewayOptions) => {
      await withAsk(options, (ask) => ask(keyService.revokeKey, { id }));
      process.stdout.write(`${printable(id)}: revoked\n`);
    });
}

function tell(key: string, about: ApiKey): void {
  const { id, name, roles, expiresUnixMs } = plain(about);
  process.stdout.write(`${key}\n`);
  process.stderr.write(
    `warder: key ${id} of ${printable(name)}: ${roles.join(', ')}, until ${whenText(expiresUnixMs)}\n`,
  );
}

function plain(key: ApiKey) {
  return {
    id: key.id ?? '',
    name: key.name ?? '',
    roles: key.roles ?? [],
    createdUnixMs: toNumber(key.createdUnixMs),
    expiresUnixMs: toNumber(key.expiresUnixMs),
    revokedUnixMs: toNumber(key.revokedUnixMs),
  };
}
