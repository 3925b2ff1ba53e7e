/**
 * RuntimeService.Attach: one runtime's stream.
 *
 * In:  hello first, then event batches, policy requests, heartbeats.
 * Out: welcome, acknowledgements of what is durable, policy.
 *
 * The stream may write to the one origin of its hello and to no other; the host must be the token's. It is not read
 * while the store has no room (storing.ts), nor where its host says more than one may (limits.ts).
 *
 * Ends the stream with INVALID_ARGUMENT for a message that no runtime of this contract sends,
 * PERMISSION_DENIED for a foreign host, ABORTED when the same origin attaches anew.
 */
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import type { Origin } from '../../contract/canonical.ts';
import { toLong } from '../../contract/int64.ts';
import type { GatewayMessage, Hello, PolicyRequest, RuntimeMessage } from '../../contract/messages.ts';
import type { AttachHandler, AttachMethod, Sendable } from '../../contract/services.ts';
import type { Access } from '../access.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { AttachedHost } from '../control/hosts.ts';
import type { Control } from '../control/service.ts';
import { HostPace } from '../limits.ts';
import { actorOf } from '../own-events.ts';
import type { PolicyAuthority } from '../policy-authority.ts';
import type { Principal } from '../principal.ts';
import { decodedBatch, ReceivedBatch, receivedBatch } from '../store/received.ts';
import type { Attachments } from './attachments.ts';
import { checkBatch, checkHello, checkPolicyRequest, malformed } from './checks.ts';
import { HostCount } from './host-count.ts';
import { Outbox } from './outbox.ts';
import { fail, refuse } from './status.ts';
import { Storing, type StoringContext } from './storing.ts';

/** Agents that one host may ask about, in all its streams: each is followed, and has versions of its policy. */
const AGENTS_OF_HOST = 10_000;

export interface AttachContext extends StoringContext {
  access: Access;
  authority: PolicyAuthority;
  control: Control;
  /** Undefined where nobody comes and goes but the command that started the gateway. */
  attachments: Attachments | undefined;
  budgets: Budgets;
  /** Named in the welcome. */
  gateway: string;
  version: string;
}

type Call = ServerDuplexStream<RuntimeMessage, Sendable<GatewayMessage>>;

/** Attach as a gateway serves it: batches of events come as entries of the log, without an object for each event. */
export function receiving(method: AttachMethod): AttachMethod {
  const { requestDeserialize } = method;
  return {
    ...method,
    requestDeserialize: (bytes) => (receivedBatch(bytes) ?? requestDeserialize(bytes)) as RuntimeMessage,
  };
}

/** Handler of Attach; `sessions` are the streams now attached. */
export function attachHandler(context: AttachContext): { handle: AttachHandler; closeAll(): void } {
  const sessions = new Map<string, Session>();
  const shares = { pace: new HostPace(), agents: new HostCount(AGENTS_OF_HOST) };
  context.metrics.ask('runtimes', () => [[[], sessions.size]]);
  return {
    handle: (call) => {
      const session = new Session(call, context, sessions, shares);
      session.serve().catch((error: Error) => {
        context.onError(error);
        fail(call, status.INTERNAL, error.message);
      });
    },
    closeAll: () => {
      context.attachments?.close();
      for (const session of [...sessions.values()]) session.end(status.UNAVAILABLE, 'the gateway stops');
    },
  };
}

/** What all streams of one host have together. */
interface HostShares {
  pace: HostPace;
  agents: HostCount;
}

class Session {
  readonly #call: Call;
  readonly #context: AttachContext;
  readonly #sessions: Map<string, Session>;
  readonly #shares: HostShares;
  readonly #outbox: Outbox<GatewayMessage>;
  /** By agent: ends the updates of its policy. */
  readonly #unwatch = new Map<string, () => void>();
  #unregister: () => void = () => {};
  #lost: () => void = () => {};
  #origin: Origin | undefined;
  #host: AttachedHost | undefined;
  /** That it has asked about. */
  #agents = 0;
  /** Since the welcome. */
  #storing: Storing | undefined;
  #open = true;

  constructor(call: Call, context: AttachContext, sessions: Map<string, Session>, shares: HostShares) {
    this.#call = call;
    this.#context = context;
    this.#sessions = sessions;
    this.#shares = shares;
    this.#outbox = new Outbox(call);
  }

  async serve(): Promise<void> {
    try {
      // Leaving the loop must not destroy the call: its status is still to be sent.
      for await (const message of this.#call.iterator({ destroyOnReturn: false })) {
        await this.#paced(message as RuntimeMessage);
        if (!this.#open) return;
        await this.#take(message as RuntimeMessage);
        if (!this.#open) return;
      }
      // The runtime is done: what it sent is stored and acknowledged before the stream ends.
      await this.#storing?.idle();
      await this.#outbox.emptied();
      if (this.#open) this.#call.end();
    } catch (error) {
      if (!this.#call.destroyed && this.#open) refuse(this.#call, error as Error, this.#context.onError);
    } finally {
      this.#leave();
    }
  }

  end(code: status, details: string): void {
    if (!this.#open) return;
    this.#leave();
    fail(this.#call, code, details);
  }

  /** The stream is not read while its host has had its share: what it sends waits on its own side. */
  #paced(message: RuntimeMessage | ReceivedBatch): Promise<void> | undefined {
    const isBatch = message instanceof ReceivedBatch || message.events;
    const host = this.#origin?.host;
    return host === undefined
      ? undefined
      : this.#shares.pace.turn(host, isBatch ? 'batches' : 'words', () => this.#open);
  }

  async #take(message: RuntimeMessage | ReceivedBatch): Promise<void> {
    if (message instanceof ReceivedBatch) {
      if (!this.#origin) throw malformed('the first message is not a hello');
      return this.#events(message);
    }
    if (message.hello) return this.#welcome(message.hello);
    if (!this.#origin) throw malformed('the first message is not a hello');
    const { control, budgets } = this.#context;
    if (message.events) return this.#events(decodedBatch(message.events));
    if (message.policyRequest) return this.#policy(message.policyRequest);
    if (message.activeRuns) return control.activeRuns(this.#host!, message.activeRuns.runs ?? []);
    if (message.commandResult) return control.result(this.#host!, message.commandResult);
    if (message.held) return control.held(this.#host!, message.held);
    if (message.budgetReports)
      return budgets.report(this.#host!, this.#runtime, message.budgetReports.reports ?? []);
    if (!message.heartbeat) throw malformed('a message of no kind that this gateway knows');
  }

  async #welcome(hello: Hello): Promise<void> {
    if (this.#origin) throw malformed('a second hello');
    checkHello(hello);
    const { host, boot, origin, version: runtimeVersion, redactionRules } = hello;
    const principal = this.#context.access.principal(this.#call.metadata)!;
    this.#checkHost(host!, principal);
    this.#origin = { host: host!, boot: boot!, origin: origin! };
    this.#supersede(`${host}/${boot}/${origin}`);
    const received = await this.#context.log.lastSequence(this.#origin);
    // The same origin may have attached again meanwhile.
    if (!this.#open) return;
    const { gateway, version } = this.#context;
    this.#storing = new Storing({
      ...this.#context,
      origin: this.#origin,
      received,
      send: (kind, message) => this.#send(kind, message),
      onFailed: (details) => this.end(status.UNAVAILABLE, details),
    });
    this.#host = { host: host!, send: (kind, message) => this.#send(kind, message) };
    this.#context.control.attached(this.#host);
    this.#lost =
      this.#context.attachments?.attached({
        origin: this.#origin,
        actor: actorOf({ ...principal, name: host! }),
        version: runtimeVersion ?? '',
        redactionRules: redactionRules ?? '',
      }) ?? this.#lost;
    this.#send('welcome', { welcome: { gateway, version, lastSequence: toLong(received) } });
  }

  #checkHost(host: string, { name, host: own }: Principal): void {
    if (own === undefined || own === host) return;
    throw new WarderError(
      'GATEWAY_FORBIDDEN',
      `${name} may speak for host '${own}' only, not for '${host}'`,
      'attach with the credential of that host',
    );
  }

  /** One stream per origin: a runtime that comes back before its old connection is noticed dead. */
  #supersede(key: string): void {
    this.#sessions.get(key)?.end(status.ABORTED, 'this origin attached again');
    this.#sessions.set(key, this);
    this.#unregister = () => {
      if (this.#sessions.get(key) === this) this.#sessions.delete(key);
    };
  }

  async #events(batch: ReceivedBatch): Promise<void> {
    checkBatch(batch);
    await this.#storing!.add(batch.firstSequence, batch.entries);
  }

  async #policy(request: PolicyRequest): Promise<void> {
    checkPolicyRequest(request);
    const agent = request.agent!;
    const before = request.follows ?? [];
    if (!this.#unwatch.has(agent)) this.#countAgent();
    const { authority, budgets } = this.#context;
    budgets.follow(
      this.#host!,
      this.#runtime,
      agent,
      before.map((origin) => this.#named(origin)),
    );
    this.#send(`policy ${agent}`, { policy: authority.answer(agent) });
    if (!this.#unwatch.has(agent)) {
      this.#unwatch.set(
        agent,
        authority.watch(agent, (policy) => {
          budgets.follow(this.#host!, this.#runtime, agent, []);
          this.#send(`policy ${agent}`, { policy });
        }),
      );
    }
  }

  #countAgent(): void {
    if (!this.#shares.agents.add(this.#origin!.host))
      throw malformed(`more than ${AGENTS_OF_HOST} agents of one host`);
    this.#agents++;
  }

  /** Names this runtime among all of them. */
  get #runtime(): string {
    return this.#named(this.#origin!.origin);
  }

  /** Of this host: nobody speaks for the runtimes of another one. */
  #named(origin: string): string {
    return `${this.#origin!.host}/${origin}`;
  }

  #send(kind: string, message: GatewayMessage): void {
    if (this.#open) this.#outbox.put(kind, message);
  }

  #leave(): void {
    this.#open = false;
    if (this.#host) {
      this.#context.control.detached(this.#host);
      this.#context.budgets.detached(this.#host);
    }
    this.#lost();
    this.#lost = () => {};
    this.#unregister();
    if (this.#origin) this.#shares.agents.remove(this.#origin.host, this.#agents);
    this.#agents = 0;
    for (const unwatch of this.#unwatch.values()) unwatch();
    this.#unwatch.clear();
    this.#outbox.clear();
    this.#storing?.close();
  }
}
