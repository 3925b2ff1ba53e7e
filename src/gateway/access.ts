/**
 * Stands before every RPC: who calls (callers.ts), whether they may (access-table.ts), and how much one caller may have
 * (limits.ts). What is revoked or over ends its open streams too.
 */
import { randomBytes } from 'node:crypto';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import { RateLimit } from '../base/rate-limit.ts';
import { ACCESS, ANYONE } from './access-table.ts';
import { Callers, type CallersOptions, type Found } from './callers.ts';
import type { Connections } from './connections.ts';
import { CallLimits, inTime, OVERSIZED, TOO_LATE, TOO_MANY, tooLarge } from './limits.ts';
import { networkOf } from './network-of.ts';
import { OpenCalls } from './open-calls.ts';
import type { Principal, Role } from './principal.ts';

/** A refusal, as gRPC says it. */
export interface Refusal {
  code: status;
  details: string;
}

/** What there is to look callers up in, besides the tokens of this start. */
export interface AccessOptions extends CallersOptions {
  /** Told whose connections are those of known callers. */
  connections?: Connections;
  /** Told of refusals, at most a few of one address. */
  onRefused?(refusal: { path: string; address: string; details: string }): void;
}

/** Calls of one network by nobody known. */
const STRANGERS = { perSecond: 5, burst: 100 };
const TOLD = { perSecond: 0.05, burst: 5, most: 1000 };
/** How long a stream may outlive what it was opened with. */
const SWEEP_MS = 1000;

type Call = ServerInterceptingCallInterface;

export class Access {
  readonly #options: AccessOptions;
  readonly #known: Callers;
  readonly #callers = new WeakMap<Metadata, Principal>();
  /** Open calls, to be ended when what they were made with is good no more. */
  readonly #open = new OpenCalls();
  readonly #limits = new CallLimits();
  readonly #strangers = new RateLimit(STRANGERS);
  readonly #told = new RateLimit(TOLD);
  readonly #sweeper: NodeJS.Timeout;
  /** Shown by the console with its calls, so that the address that it names is believed. Of this process, told nobody. */
  readonly consoleMark = randomBytes(32).toString('base64url');

  constructor(options: AccessOptions = {}) {
    this.#options = options;
    this.#known = new Callers(options);
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Makes a token for someone, good for as long as this process runs. It is told once, here. */
  issue(principal: Principal): string {
    return this.#known.issue(principal);
  }

  /** Who a call that was let through comes from; undefined for one that is anyone's to make. */
  principal(metadata: Metadata): Principal | undefined {
    return this.#callers.get(metadata);
  }

  /** Whose key it is that somebody logs in with. Counted and told as a call by nobody known where it is not good. */
  identify(key: string, address: string, path: string): Found | Refusal {
    if (!this.#strangers.take(networkOf(address))) return TOO_MANY;
    const found = this.#known.byKey(key);
    if (found) return { ...found, principal: { ...found.principal, address } };
    this.#tell(path, address, NO_KEY.details);
    return NO_KEY;
  }

  /** Ends the open calls of what has been revoked or is over. */
  sweep(): void {
    this.#open.sweep();
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#open.clear();
  }

  /** Stands before every handler of a server. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    let caller = '';
    let arrived = (): void => {};
    let done = (): void => {};
    let gone = (): void => {};
    const end = (why: Refusal): void => {
      done();
      call.sendStatus(why);
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            const admitted = this.#admit(method.path, metadata, call);
            if ('code' in admitted) return call.sendStatus(admitted);
            caller = admitted.caller;
            if (!method.requestStream) arrived = inTime(() => end(TOO_LATE));
            const open = this.#open.add({ isGood: admitted.isGood, end: () => end(REVOKED) });
            done = () => {
              done = () => {};
              arrived();
              this.#open.remove(open);
            };
            // An answer that nobody takes stays in memory: so long its call is one of those that the caller has open.
            gone = () => {
              done();
              this.#limits.leave(method.path, caller);
            };
            pass(metadata);
          })
          .withOnReceiveMessage((message, pass) => {
            if (message === OVERSIZED) return end(tooLarge(method.path));
            if (!this.#limits.takeMessage(method.path, caller)) return end(TOO_MANY);
            pass(message);
          })
          .withOnReceiveHalfClose((pass) => {
            arrived();
            pass();
          })
          .withOnCancel(() => gone())
          .build();
        next(listener);
      },
      sendStatus: (end, next) => {
        done();
        next(end);
      },
    });
  };

  /** Why a call is refused; or who calls, as limits count: the call is open then. */
  #admit(path: string, metadata: Metadata, call: Call): Refusal | { caller: string; isGood(): boolean } {
    const allowed = Object.hasOwn(ACCESS, path) ? ACCESS[path]! : [];
    const address = this.#addressOf(metadata, call);
    const found = this.#known.find(metadata, call);
    const principal = found?.principal;
    const caller = principal ? (principal.credential ?? principal.name) : networkOf(address);
    if (!this.#limits.take(path, caller) || (!principal && !this.#strangers.take(caller))) return TOO_MANY;
    if (principal) {
      this.#callers.set(metadata, { ...principal, address });
      this.#options.connections?.known(call.getPeer());
    }
    if (allowed !== ANYONE) {
      const refusal = principal ? forbidden(principal, path, allowed) : UNKNOWN;
      if (refusal) this.#tell(path, address, refusal.details);
      if (refusal) return refusal;
    }
    if (!this.#limits.enter(path, caller, principal !== undefined)) return TOO_MANY;
    return { caller, isGood: allowed === ANYONE || !found ? () => true : found.isGood };
  }

  /** Of the browser, where the console of this process passes a call on. */
  #addressOf(metadata: Metadata, call: Call): string {
    const [mark] = metadata.get('warder-console');
    const [address] = metadata.get('warder-console-address');
    return mark === this.consoleMark && address !== undefined ? String(address) : call.getPeer();
  }

  #tell(path: string, address: string, details: string): void {
    if (this.#told.take(networkOf(address))) this.#options.onRefused?.({ path, address, details });
  }
}

const UNKNOWN: Refusal = {
  code: status.UNAUTHENTICATED,
  details:
    'no valid token or certificate: send the metadata "authorization: Bearer TOKEN" with a key of this gateway',
};

const REVOKED: Refusal = {
  code: status.UNAUTHENTICATED,
  details: 'the credential has been revoked, or is over',
};
const NO_KEY: Refusal = {
  code: status.UNAUTHENTICATED,
  details: 'that is no key of this gateway, or no longer',
};

function forbidden({ name, roles }: Principal, path: string, allowed: readonly Role[]): Refusal | undefined {
  if (roles.some((role) => allowed.includes(role))) return undefined;
  return {
    code: status.PERMISSION_DENIED,
    details: `${name} has the roles [${roles.join(', ')}], ${path} is for [${allowed.join(', ')}]`,
  };
}
