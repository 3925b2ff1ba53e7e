/**
 * `warder audit rotate-key`: another key for the log's checkpoints from here on, told by the log itself.
 *
 * Throws: AUDIT_…, GATEWAY_RUNS, AUDIT_LOG_IN_USE while anything may sign with the old key.
 */
import { closeSync } from 'node:fs';
import { WarderError } from '../base/error.ts';
import { rotateLogKey } from '../gateway/audit/key-rotation.ts';
import { liveEndpoints } from '../gateway/endpoint.ts';
import { operator, ownEventsOf } from './audit-operator.ts';
import { withAudit } from './audit-state.ts';
import { stdoutSink } from './line-sink.ts';
import { serviceLock } from './service-lock.ts';

export interface RotateOptions {
  state?: string;
  because?: string;
}

export async function auditRotate({ state, because = '' }: RotateOptions): Promise<void> {
  await withAudit(state, async (open) => {
    const { directory, log } = open;
    const lock = serviceLock(directory, 'gateway');
    try {
      if ((await liveEndpoints(directory)).length > 0) throw inUse(directory);
      const own = ownEventsOf(open);
      const key = rotateLogKey({ stateDirectory: directory, log, own, actor: operator(), because });
      const stdout = stdoutSink();
      stdout.write(key);
      await stdout.close();
    } finally {
      closeSync(lock);
    }
  });
}

function inUse(directory: string): WarderError {
  return new WarderError(
    'AUDIT_LOG_IN_USE',
    `a gateway runs on ${directory}, and would go on to sign with the old key`,
    'let what runs there end (warder runs), and try again',
  );
}
