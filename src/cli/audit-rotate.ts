/**
 * `warder audit rotate-key`: another key for the log's checkpoints from here on, told by the log itself. Gateways on the
 * log go on, and sign with it from their next checkpoint.
 *
 * Throws: AUDIT_….
 */
import { rotateLogKey } from '../gateway/audit/key-rotation.ts';
import { operator, ownEventsOf } from './audit-operator.ts';
import { withAudit } from './audit-state.ts';
import { stdoutSink } from './line-sink.ts';

export interface RotateOptions {
  state?: string;
  because?: string;
}

export async function auditRotate({ state, because = '' }: RotateOptions): Promise<void> {
  await withAudit(state, async (open) => {
    const { directory, log } = open;
    const own = ownEventsOf(open);
    const key = rotateLogKey({ stateDirectory: directory, log, own, actor: operator(), because });
    const stdout = stdoutSink();
    stdout.write(key);
    await stdout.close();
  });
}
