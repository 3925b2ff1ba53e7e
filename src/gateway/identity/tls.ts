/**
 * TLS of a gateway: a certificate of its own authority, made anew at each start and in time before it ends, and the
 * authorities whose certificates hosts may come with.
 *
 * A connection without a certificate is for people, with keys; one whose certificate no authority has signed counts
 * as one without (access.ts sees none).
 *
 * Throws: GATEWAY_KEY, and what node:fs does for the files of further authorities.
 */
import { readFileSync } from 'node:fs';
import { ServerCredentials } from '@grpc/grpc-js';
import { CertificateAuthority, type ServerIdentity } from './authority.ts';

export interface TlsOptions {
  trustDomain: string;
  /** DNS names and addresses that clients know the gateway by. */
  names: readonly string[];
  /** PEM files of further authorities for hosts (SPIRE's). */
  authorities?: readonly string[];
}

const LIFETIME_MS = 24 * 3_600_000;
const RENEWAL_MS = LIFETIME_MS / 2;

export class GatewayTls extends ServerCredentials {
  readonly authority: CertificateAuthority;
  readonly #options: TlsOptions;
  readonly #renewal: NodeJS.Timeout;

  private constructor(
    authority: CertificateAuthority,
    options: TlsOptions,
    first: ServerIdentity,
    onError: (error: Error) => void,
  ) {
    super(
      { requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
      context(authority, options, first),
    );
    this.authority = authority;
    this.#options = options;
    this.#renewal = setInterval(() => void this.renew().catch(onError), RENEWAL_MS).unref();
  }

  static async open(
    stateDirectory: string,
    options: TlsOptions,
    kept: (() => string) | undefined,
    onError: (error: Error) => void,
  ): Promise<GatewayTls> {
    const authority = await CertificateAuthority.open(stateDirectory, options.trustDomain, kept);
    return new GatewayTls(
      authority,
      options,
      await authority.issueServer(options.names, LIFETIME_MS),
      onError,
    );
  }

  /** A new certificate for connections from now on, and the authorities' files read again. */
  async renew(): Promise<void> {
    const next = await this.authority.issueServer(this.#options.names, LIFETIME_MS);
    this.updateSecureContextOptions(context(this.authority, this.#options, next));
  }

  close(): void {
    clearInterval(this.#renewal);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function context(
  authority: CertificateAuthority,
  { authorities = [] }: TlsOptions,
  { chain, key }: ServerIdentity,
) {
  return { ca: [authority.pem, ...authorities.map((path) => readFileSync(path, 'utf8'))], cert: chain, key };
}
