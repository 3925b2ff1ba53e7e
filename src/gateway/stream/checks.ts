/**
 * What a runtime says in its stream, looked at before anything is done with it.
 *
 * Throws: GATEWAY_PROTOCOL for what no runtime of this contract says; CONTRACT_INTEGER for use that no run comes to.
 */
import { WarderError } from '../../base/error.ts';
import { UUID } from '../../base/uuid.ts';
import { FOLLOWED_MOST } from '../../contract/budgets.ts';
import type { Hello, PolicyRequest } from '../../contract/messages.ts';
import { amountsOf } from '../budgets/ledger.ts';
import type { LogEntry } from '../store/entry.ts';
import type { ReceivedBatch } from '../store/received.ts';

const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/;
const AGENT = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)+$/;
const AGENT_BYTES = 2048;
/** Names are listed, so that none may fill a list. */
const RUN = /^[!-~]{1,64}$/;

export function checkHello({ host, boot, origin }: Hello): void {
  if (!HOST.test(host ?? '')) throw malformed(`host name ${quoted(host)}`);
  if (!UUID.test(boot ?? '') || !UUID.test(origin ?? ''))
    throw malformed('boot and origin are not both UUIDs');
}

export function checkBatch({ firstSequence: first, entries, decoded }: ReceivedBatch): void {
  // A gateway's own events are not for runtimes to make: a host that was taken over would approve its own actions.
  if (decoded.some(({ gateway }) => gateway)) throw malformed('an event that only a gateway makes');
  checkNames(entries);
  // Before it is in a transaction with what others sent.
  for (const { usage } of decoded) if (usage) amountsOf(usage);
  const wrong = entries.findIndex((entry, at) => entry.sequence !== first + at);
  if (first < 1 || entries.length === 0 || wrong !== -1) {
    throw malformed(
      `a batch of ${entries.length} events from sequence ${first}, event ${wrong} out of order`,
    );
  }
}

export function checkPolicyRequest({ agent, follows }: PolicyRequest): void {
  const before = follows ?? [];
  if (before.length > FOLLOWED_MOST || !before.every((origin) => UUID.test(origin))) {
    throw malformed(`${before.length} earlier processes, at most ${FOLLOWED_MOST} UUIDs`);
  }
  if (!isAgent(agent ?? '')) throw malformed(`${quoted(agent)} is not the SPIFFE ID of an agent`);
}

/** Events come in runs of one agent: each name is looked at where it is another than before. */
function checkNames(entries: readonly LogEntry[]): void {
  let [lastAgent, lastRun] = ['', ''];
  for (const { agent, run } of entries) {
    if (agent !== '' && agent !== lastAgent && !isAgent(agent))
      throw malformed(`an event of ${quoted(agent)}, which is no agent's SPIFFE ID`);
    if (run !== '' && run !== lastRun && !RUN.test(run))
      throw malformed(`an event of the run ${quoted(run)}, which is no name of a run`);
    [lastAgent, lastRun] = [agent, run];
  }
}

function isAgent(text: string): boolean {
  return text.length <= AGENT_BYTES && AGENT.test(text);
}

function quoted(text: string | null | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 80));
}

export function malformed(what: string): WarderError {
  return new WarderError(
    'GATEWAY_PROTOCOL',
    `refused from a runtime: ${what}`,
    'compare the versions of runtime and gateway; the stream begins with hello and follows proto/warder/v1/runtime.proto',
  );
}
