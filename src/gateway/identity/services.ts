/**
 * HostService and KeyService: hosts enroll and renew; people with the role issue tokens, and revoke; keys are made,
 * rotated and revoked on the gateway's own machine.
 *
 * Who asked and what came of it are events of the log, in the transaction of what they tell of.
 */
import { type ServiceDefinition, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { hostService, keyService } from '../../contract/identity-service.ts';
import { toLong } from '../../contract/int64.ts';
import { actorOf } from '../own-events.ts';
import type { GatewayContext, ServiceFactory } from '../service.ts';
import { statusOf } from '../stream/status.ts';
import { unary } from '../unary.ts';
import type { CertificateAuthority } from './authority.ts';
import type { KeyRow } from './keys.ts';

const HOUR_S = 3600;
const DAY_S = 86_400;
const CERTIFICATE_MS = 24 * HOUR_S * 1000;
const TOKEN_S = { least: 60, most: 30 * DAY_S, usual: HOUR_S };
const KEY_S = { least: 60, most: 3660 * DAY_S, usual: 90 * DAY_S };
const OVERLAP_S = { least: 0, most: 90 * DAY_S, usual: DAY_S };

export const hosts: ServiceFactory = (context) => ({
  name: 'warder.v1.HostService',
  proto: 'identity.proto',
  definition: hostService as unknown as ServiceDefinition,
  implementation: {
    enroll: enrollHandler(context),
    renew: unary(context, async ({ request }: { request?: Uint8Array | null }, { host }) => {
      const authority = authorityOf(context);
      const issued = await authority.issueHost(request ?? new Uint8Array(), host!, CERTIFICATE_MS);
      context.hosts.renewed(host!, issued);
      return certificate(context, authority, host!, issued.pem);
    }),
    issueToken: unary(
      context,
      ({ host, validSeconds }: { host?: string | null; validSeconds?: number | null }, caller) => {
        const { fingerprint } = authorityOf(context);
        const validMs = seconds(validSeconds, TOKEN_S) * 1000;
        return {
          token: context.hosts.issueToken(host ?? '', validMs, actorOf(caller)),
          authorityFingerprint: fingerprint,
        };
      },
    ),
    listHosts: unary(context, () => ({
      hosts: context.hosts.list().map(({ host, enrolledMs, expiresMs, revokedMs }) => ({
        host,
        enrolledUnixMs: toLong(enrolledMs),
        expiresUnixMs: toLong(expiresMs),
        revokedUnixMs: toLong(revokedMs),
        attached: context.control.hosts.named(host).length > 0,
      })),
    })),
    revokeHost: unary(
      context,
      ({ host, because }: { host?: string | null; because?: string | null }, caller) => {
        const certificates = context.hosts.revoke(host ?? '', actorOf(caller), because ?? '');
        context.access.sweep();
        return { certificates };
      },
    ),
  },
});

export const keys: ServiceFactory = (context) => ({
  name: 'warder.v1.KeyService',
  proto: 'identity.proto',
  definition: keyService as unknown as ServiceDefinition,
  implementation: {
    createKey: unary(
      context,
      (asked: { name?: string | null; roles?: string[] | null; validSeconds?: number | null }, caller) => {
        const validMs = seconds(asked.validSeconds, KEY_S) * 1000;
        return created(context.keys.create(asked.name ?? '', asked.roles ?? [], validMs, actorOf(caller)));
      },
    ),
    listKeys: unary(context, () => ({ keys: context.keys.list().map(apiKey) })),
    rotateKey: unary(
      context,
      (
        asked: { id?: string | null; overlapSeconds?: number | null; validSeconds?: number | null },
        caller,
      ) => {
        const overlapMs = seconds(asked.overlapSeconds, OVERLAP_S) * 1000;
        const validMs = seconds(asked.validSeconds, KEY_S) * 1000;
        return created(context.keys.rotate(asked.id ?? '', overlapMs, validMs, actorOf(caller)));
      },
    ),
    revokeKey: unary(context, ({ id }: { id?: string | null }, caller) => {
      context.keys.revoke(id ?? '', actorOf(caller));
      context.access.sweep();
      return {};
    }),
  },
});

/** Not by `unary`: who enrolls is nobody known yet. */
function enrollHandler(context: GatewayContext) {
  // biome-ignore lint/suspicious/noExplicitAny: a unary call of this service's own messages
  return (call: any, callback: any): void => {
    const { token, request } = call.request as { token?: string; request?: Uint8Array };
    const enroll = async () => {
      const authority = authorityOf(context);
      const { host, issued } = await context.hosts.enroll(token ?? '', call.getPeer(), (name) =>
        authority.issueHost(request ?? new Uint8Array(), name, CERTIFICATE_MS),
      );
      return certificate(context, authority, host, issued.pem);
    };
    enroll().then(
      (answer) => callback(null, answer),
      (error: Error) => {
        context.onError(error);
        callback(
          error instanceof WarderError ? statusOf(error) : { code: status.INTERNAL, details: 'see the log' },
        );
      },
    );
  };
}

function authorityOf({ authorityOfHosts }: GatewayContext): CertificateAuthority {
  if (authorityOfHosts) return authorityOfHosts;
  throw new WarderError(
    'IDENTITY_NO_AUTHORITY',
    'this gateway serves no other hosts: it has no certificate authority',
    'write `listen` and `tls` into gateway.yaml, and start it again',
  );
}

function certificate(
  { policyKey }: GatewayContext,
  authority: CertificateAuthority,
  host: string,
  pem: string,
) {
  return { host, certificate: pem, authority: authority.pem, policyKey };
}

/** What is asked for, within bounds; what is usual where nothing is. */
function seconds(asked: number | null | undefined, { least, most, usual }: typeof KEY_S): number {
  const value = asked || usual;
  return Math.max(least, Math.min(most, value));
}

function created({ key, row }: { key: string; row: KeyRow }) {
  return { key, about: apiKey(row) };
}

function apiKey({ id, name, roles, createdMs, expiresMs, revokedMs }: KeyRow) {
  return {
    id,
    name,
    roles,
    createdUnixMs: toLong(createdMs),
    expiresUnixMs: toLong(expiresMs),
    revokedUnixMs: toLong(revokedMs),
  };
}
