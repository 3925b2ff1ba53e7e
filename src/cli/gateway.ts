/**
 * `warder gateway`: the gateway as a service in the foreground, for systemd, a container or a terminal.
 */
import { Command } from 'commander';
import { GATEWAY_FILE, readGatewayConfig } from './config/gateway.ts';
import { backupCommand, restoreCommand } from './gateway-backup.ts';
import { startGatewayService } from './gateway-service.ts';
import { serve } from './service.ts';
import { serviceLog } from './service-log.ts';
import { KEEPS_BLOCKS } from './service-memory.ts';

const HELP = `
Runs until SIGTERM or SIGINT. SIGHUP reads the policies again, and whose witness it is; what is faulty leaves what
was there before in force.
Its own log goes to stderr. docs/configuration.md lists every option of the file, and which of them an environment
variable can stand in for; without a file at the default place the defaults hold.

Examples:
  warder gateway --config /etc/warder/gateway.yaml
  WARDER_STATE_DIR=/data WARDER_POLICIES=/policies warder gateway`;

export function gatewayCommand(): Command {
  const command = new Command('gateway')
    .description('Run the gateway: the authority on policy for its hosts, and their event log.')
    .option('-c, --config <file>', `configuration; default: ${GATEWAY_FILE}`)
    .addHelpText('after', HELP)
    .action(async ({ config }: { config?: string }) => {
      const read = () =>
        readGatewayConfig({ path: config ?? GATEWAY_FILE, required: config !== undefined }, process.env);
      const first = read();
      const log = serviceLog(first.logFormat);
      await serve(() => startGatewayService(first, read, log), log, KEEPS_BLOCKS);
    });
  return command.addCommand(backupCommand()).addCommand(restoreCommand());
}
