/**
 * `warder audit retain` and `warder audit hold`: what the log of a state directory lets go of, and what it must keep.
 * Gateways that run on it go on meanwhile. Each is an event of the log, by the user who gave the command.
 *
 * Throws: AUDIT_…, STATE_DIRECTORY, GATEWAY_STORE_….
 */
import { UUID } from '../base/uuid.ts';
import { isAgentId } from '../contract/agent-id.ts';
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

/**
 * What is wrong with the options of a hold, or null. A hold by a name that nothing has would be told as placed, and keep
 * nothing. Lifting takes any: whatever stands there has to go.
 */
export function holdFault({ agent, run, lift }: HoldOptions): string | null {
  if (agent !== undefined && run !== undefined)
    return '--agent and --run named, and one thing is held at a time';
  if (lift && agent === undefined && run === undefined)
    return '--lift needs the --agent or --run that is held';
  if (lift) return null;
  if (agent !== undefined && !isAgentId(agent)) {
    return `--agent '${agent}' is no SPIFFE ID: write spiffe://<trust domain>/<org>/<team>/<agent>, as warder runs --agents shows it`;
  }
  if (run !== undefined && !UUID.test(run))
    return `--run '${run}' is no whole id of a run: warder runs shows them`;
  return null;
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
