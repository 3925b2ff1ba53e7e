/**
 * `warder audit retain` and `warder audit hold`: what the log of a state directory lets go of, and what it must keep.
 * Gateways that run on it go on meanwhile. Each is an event of the log, by the user who gave the command.
 *
 * Throws: AUDIT_…, STATE_DIRECTORY, GATEWAY_STORE_….
 */
import { WarderError } from '../base/error.ts';
import { type Hold, Retention } from '../gateway/audit/retention.ts';
import { operator, ownEventsOf } from './audit-operator.ts';
import { type AuditState, withAudit } from './audit-state.ts';
import { stdoutSink } from './line-sink.ts';

export interface RetainOptions {
  state?: string;
  age?: number;
  size?: number;
}

export interface HoldOptions {
  state?: string;
  agent?: string;
  run?: string;
  lift?: boolean;
  because?: string;
}

export async function auditRetain({ state, age, size }: RetainOptions): Promise<void> {
  if (age === undefined && size === undefined) {
    throw new WarderError(
      'AUDIT_RETAIN',
      'neither an age nor a size is given: nothing says what may go',
      'give --age 90d, --size 10GB or both',
    );
  }
  await withAudit(state, async (open) => {
    open.audit.checkpoint();
    const applied = await retentionOf(open).apply({ ageMs: age, maxBytes: size }, operator());
    open.audit.checkpoint();
    const { segments, events, held } = applied;
    await say(`${events} events in ${segments} segments are not kept any more; ${held} segments are held`);
  });
}

export async function auditHold({ state, agent, run, lift, because = '' }: HoldOptions): Promise<void> {
  await withAudit(state, async (open) => {
    const retention = retentionOf(open);
    const hold = whichHold(agent, run);
    if (hold && lift) retention.lift(hold, because, operator());
    else if (hold) retention.hold(hold, because, operator());
    const holds = retention.holds().map(({ kind, name }) => `${kind} ${name}`);
    await say(holds.length > 0 ? holds.join('\n') : 'no legal holds');
  });
}

function whichHold(agent: string | undefined, run: string | undefined): Hold | undefined {
  if (agent !== undefined) return { kind: 'agent', name: agent };
  return run === undefined ? undefined : { kind: 'run', name: run };
}

function retentionOf(open: AuditState): Retention {
  return new Retention(open.log, ownEventsOf(open));
}

async function say(text: string): Promise<void> {
  const stdout = stdoutSink();
  for (const line of text.split('\n')) stdout.write(line);
  await stdout.close();
}
