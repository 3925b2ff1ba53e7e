/**
 * Gateway and runtime inside one command: the whole of Warder for an engineer with one machine.
 *
 * The two know each other only through the contract, over a real gRPC stream on a socket in the state
 * directory, as a host and its gateway do elsewhere.
 *
 * Throws: what either throws at its start; then nothing is left running.
 */
import { randomUUID } from 'node:crypto';
import { WarderError } from '../base/error.ts';
import { readHostIdentity } from '../base/host-identity.ts';
import { openStateDirectory, stateDirectoryUser } from '../base/state-dir.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { effectivePolicy } from '../gateway/policy/layers.ts';
import { startGateway } from '../gateway/server.ts';
import { GatewayHolds, type GatewayHoldsOptions } from '../runtime/gateway-holds.ts';
import { HOLD_TIMES } from '../runtime/holds.ts';
import { Programs } from '../runtime/programs.ts';
import { createRedactor } from '../runtime/redaction/redactor.ts';
import { loadRules } from '../runtime/redaction/rule-file.ts';
import { Runtime } from '../runtime/runtime.ts';
import { connectUplink, type Uplink } from '../runtime/uplink/uplink.ts';
import { judgeAction } from './action-judge.ts';
import type { AgentHandle, EmbeddedObserver, EmbeddedOptions } from './embedding.ts';
import { warderVersion } from './version.ts';

/** Events on their way to a gateway in the same process: it holds them once more until they are stored. */
const PENDING_BYTES = 8 << 20;

/** What has been started so far; taken down in the reverse order. */
interface Parts {
  programs: Programs;
  gateway?: Gateway;
  uplink?: Uplink;
  runtime?: Runtime;
}

/** @param programs on their way into the kernel; this function's from here on */
export async function startEmbedded(
  options: EmbeddedOptions,
  observer: EmbeddedObserver,
  programs = new Programs(),
): Promise<AgentHandle> {
  const parts: Parts = { programs };
  try {
    const runtime = await assemble(parts, options, observer);
    const handle = await runtime.run(options.request);
    const ended = handle.ended.finally(() => takeDown(parts));
    ended.catch(() => {}); // whoever holds the handle awaits it
    return { ...handle, ended };
  } catch (error) {
    await takeDown(parts);
    throw error;
  }
}

async function assemble(
  parts: Parts,
  options: EmbeddedOptions,
  { onEvent, onProblem, onHeld }: EmbeddedObserver,
): Promise<Runtime> {
  const { programs } = parts;
  const stateDirectory = protectedDirectory(options.stateDirectory);
  const { host, boot } = readHostIdentity();
  const rules = await loadRules(options.redactionRules ?? []);
  const redactor = createRedactor({ rules });
  const gateway = await startGateway({
    stateDirectory,
    policySource: (agent) => effectivePolicy(options.documents, agent),
    ephemeralKey: true,
    host,
    version: warderVersion(),
    redact: (text, counts) => redactor.text(text, counts),
    onError: (error) => onProblem(error as WarderError),
  });
  parts.gateway = gateway;
  const uplink = await connectUplink({
    endpoint: {
      address: gateway.address,
      token: gateway.tokens.runtime,
      gatewayPublicKey: gateway.policyKey,
    },
    origin: { host, boot, origin: randomUUID() },
    version: warderVersion(),
    pendingBytes: PENDING_BYTES,
    onState: ({ problem }) => problem && onProblem(problem),
  });
  parts.uplink = uplink;
  const protect = [stateDirectory];
  const { holdTimes = HOLD_TIMES } = options;
  const { answerMs } = holdTimes;
  const onAsked: GatewayHoldsOptions['onAsked'] = (id, { category, target, pid }) =>
    onHeld?.({ id, action: `${category} ${target}`, pid });
  const holds = options.holds ?? new GatewayHolds({ uplink, answerMs, onAsked });
  const servers = options.dns;
  const observed = { onEvent, onProblem, holds, holdTimes, judgeAction, servers };
  const runtime = new Runtime({ programs, uplink, redactor, boot, protect, ...observed });
  parts.runtime = runtime;
  return runtime;
}

/** The state directory, by a path that the kernel can refuse agents. */
function protectedDirectory(path: string): string {
  checkLength(path);
  const real = openStateDirectory(path, stateDirectoryUser(process.env));
  checkLength(real);
  return real;
}

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LIMITS.pathBytes) return;
  throw new WarderError(
    'STATE_DIRECTORY',
    `the path of the state directory has ${bytes} bytes, and at most ${LIMITS.pathBytes} can be kept from agents: ${path}`,
    'choose a shorter one with --state DIR or WARDER_STATE_DIR',
  );
}

async function takeDown({ programs, runtime, uplink, gateway }: Parts): Promise<void> {
  await runtime?.close();
  programs.leave();
  await uplink?.close();
  await gateway?.stop();
}
