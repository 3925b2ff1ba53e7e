/**
 * What the gateway's tests start from: a state directory, a running gateway, events as a runtime makes them.
 * Everything is taken down again by `cleanUp`, in reverse order.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import { Effect, type LoggedEvent, Mode, type SubscribeRequest } from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';
import { callUnary, type UnaryMethod } from '../../src/contract/unary.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import type { PolicySource } from '../../src/gateway/policy-authority.ts';
import { startGateway } from '../../src/gateway/server.ts';
import type { UplinkOptions } from '../../src/runtime/uplink/options.ts';
import { connectUplink, type Uplink } from '../../src/runtime/uplink/uplink.ts';
import { removeTree } from '../remove-tree.ts';
import { execEvents, HOST, newOrigin } from './events.ts';

export * from './events.ts';

const undo: (() => unknown)[] = [];

export function later(action: () => unknown): void {
  undo.push(action);
}

export async function cleanUp(): Promise<void> {
  for (const action of undo.splice(0).reverse()) await action();
}

export function stateDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'warder-test-'));
  later(() => removeTree(path));
  return path;
}

/** One layer that allows git: enough to be told from another. */
export function onePolicy(pattern = '/usr/bin/git'): PolicySource {
  return () => ({
    policy: {
      layers: [
        {
          scope: 'fleet',
          name: 'test',
          mode: Mode.MODE_ENFORCE,
          categories: [{ category: 'exec', rules: [{ effect: Effect.EFFECT_ALLOW, pattern }] }],
        },
      ],
    },
  });
}

/** A gateway that does not tell of itself, so that a test's first event has index 0. */
export async function gateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const started = await startGateway({
    stateDirectory: options.stateDirectory ?? stateDirectory(),
    policySource: onePolicy(),
    host: HOST,
    recordsLifetime: false,
    ...options,
  });
  later(() => started.stop());
  return started;
}

export async function uplink(to: Gateway, options: Partial<UplinkOptions> = {}): Promise<Uplink> {
  const connected = await connectUplink({
    endpoint: {
      address: to.address,
      token: to.tokens.runtime,
      gatewayPublicKey: to.policyKey,
    },
    origin: newOrigin(),
    version: 'test',
    ...options,
  });
  later(() => connected.close());
  return connected;
}

/** A gateway that has so many more events. */
export async function filled(count: number, to?: Gateway): Promise<Gateway> {
  const target = to ?? (await gateway());
  const link = await uplink(target);
  await link.sendEvents(execEvents(count));
  await link.flush();
  return target;
}

export function clientOf(to: { address: string }): Client {
  const client = new Client(to.address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  later(() => client.close());
  return client;
}

export function bearer(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** Asks one thing after another of a gateway. */
export function asker(to: { address: string }, token: string) {
  const client = clientOf(to);
  return <Q, R>(method: UnaryMethod<Q, R>, request: Q): Promise<R> =>
    callUnary(client, method, request, bearer(token));
}

/** Everything that a Subscribe with until_now gives, and its last cursor. */
export async function readAll(
  from: Gateway,
  request: SubscribeRequest = {},
): Promise<{ events: LoggedEvent[]; next: number }> {
  const call = subscribe(clientOf(from), bearer(from.tokens.viewer), {
    fromIndex: toLong(0),
    untilNow: true,
    ...request,
  });
  const events: LoggedEvent[] = [];
  let next = 0;
  for await (const response of call) {
    events.push(...response.events);
    next = toNumber(response.nextIndex);
  }
  return { events, next };
}

export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Certificate of a gateway's own authority, PEM, as it stands on its disk. */
export function authorityOf(to: Gateway): string {
  const state = to.address.slice('unix:'.length).replace(/\/gateways\/.*$/, '');
  return readFileSync(join(state, 'keys', 'authority.pem'), 'utf8').replace(
    /^[\s\S]*?(?=-----BEGIN CERT)/,
    '',
  );
}
