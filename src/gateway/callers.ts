/**
 * Whom a credential belongs to: tokens of this start, keys, certificates. A key or token travels in the metadata
 * `authorization: Bearer TOKEN`; where there is none, the certificate of the connection says who calls.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { hostOf, parseCertificate } from '../contract/certificates.ts';
import type { Hosts } from './identity/hosts.ts';
import type { ApiKeys } from './identity/keys.ts';
import type { Principal } from './principal.ts';

type Call = Pick<ServerInterceptingCallInterface, 'getAuthContext'>;

/** A caller who is known. */
export interface Found {
  principal: Principal;
  isGood(): boolean;
}

export interface CallersOptions {
  keys?: ApiKeys;
  hosts?: Hosts;
}

export class Callers {
  readonly #options: CallersOptions;
  /** By SHA-256 of the token: looking a digest up tells an attacker nothing about its neighbours. */
  readonly #tokens = new Map<string, Principal>();

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /** Makes a token for someone, good for as long as this process runs. It is told once, here. */
  issue(principal: Principal): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(digest(token), principal);
    return token;
  }

  /** By what the metadata says; without any, by the certificate that the connection was made with. */
  find(metadata: Metadata, call: Call): Found | undefined {
    const values = metadata.get('authorization');
    if (values.length === 0) return this.#byCertificate(call);
    const token =
      values.length === 1 ? /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(String(values[0]))?.[1] : undefined;
    if (token === undefined) return undefined;
    const local = this.#tokens.get(digest(token));
    return local ? { principal: local, isGood: () => true } : this.byKey(token);
  }

  byKey(token: string): Found | undefined {
    const { keys } = this.#options;
    const row = keys?.find(token);
    if (!keys || !row) return undefined;
    const { id, name, roles } = row;
    return { principal: { name, roles, credential: `key ${id}` }, isGood: () => keys.isGood(id) };
  }

  #byCertificate(call: Call): Found | undefined {
    const { hosts } = this.#options;
    // Only of one that the authority has signed, in its time: what is unverified is not shown here.
    const raw = call.getAuthContext().sslPeerCertificate?.raw;
    if (!hosts || !raw) return undefined;
    const certificate = parseCertificate(raw);
    const host = hostOf(certificate);
    const expires = Date.parse(certificate.validTo);
    const isGood = () => expires > Date.now() && !hosts.isRevoked(host!, certificate.serialNumber);
    if (host === undefined || !isGood()) return undefined;
    const credential = `certificate ${certificate.serialNumber.toLowerCase()}`;
    return { principal: { name: `host ${host}`, roles: ['runtime'], host, credential }, isGood };
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
