/**
 * What `warder run` says where the runtime that started its agent goes away, or events did not get here: said by the
 * command, or by the runtime for a client without words of its own.
 */
import { WarderError } from '../base/error.ts';

export function lost(error?: Error): WarderError {
  return new WarderError(
    'RUN_SERVICE',
    `the runtime of this host went away${error ? `: ${error.message}` : ''}; the agent goes on under its policy, and the next runtime takes it over`,
    'see why in its log: journalctl -u warder-runtime',
  );
}

export function notTold(count: number, run: string): WarderError {
  return new WarderError(
    'RUN_UNTOLD',
    `${count} events were not shown here, because this command did not take them in time`,
    `the gateway's log has them: warder tail --run ${run}`,
  );
}
