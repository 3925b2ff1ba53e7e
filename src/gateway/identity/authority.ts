/**
 * A gateway's own certificate authority: one P-256 key (in `keys/authority.pem`, 0600) and its certificate, for
 * hosts and for the gateway's own TLS.
 *
 * In:     requests (PKCS #10), of which the key is taken and nothing else: who somebody is, the gateway says.
 * Out:    certificates: a host's for clients only, the gateway's for servers only, so that neither passes for the
 *         other.
 * Throws: IDENTITY_REQUEST, GATEWAY_KEY.
 */
import { createPrivateKey, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { fingerprintOf } from '../../contract/certificates.ts';
import { SIGNATURE, x509 } from '../../contract/x509.ts';

type CryptoKey = webcrypto.CryptoKey;

const DAY_MS = 86_400_000;
const AUTHORITY_MS = 3650 * DAY_MS;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** Clocks of hosts differ: a certificate is good from a little before it was made. */
const SKEW_MS = 60_000;
const REQUEST_BYTES = 4096;

export interface Issued {
  pem: string;
  /** Hex, lower case, without leading zeros: as node writes it. */
  serial: string;
  expiresMs: number;
}

export interface ServerIdentity {
  /** The gateway's certificate and its authority's, PEM. */
  chain: string;
  key: string;
  expiresMs: number;
}

export class CertificateAuthority {
  readonly pem: string;
  readonly fingerprint: string;
  readonly #trustDomain: string;
  readonly #key: CryptoKey;

  private constructor(pem: string, key: CryptoKey, trustDomain: string) {
    this.pem = pem;
    this.fingerprint = fingerprintOf(new X509Certificate(pem));
    this.#key = key;
    this.#trustDomain = trustDomain;
  }

  /** @param kept gives the key and certificate that are kept elsewhere; else those of the state directory, made at first use */
  static async open(
    stateDirectory: string,
    trustDomain: string,
    kept?: () => string,
  ): Promise<CertificateAuthority> {
    if (kept) return await keptAuthority(kept(), trustDomain);
    const path = join(stateDirectory, 'keys', 'authority.pem');
    try {
      if (!existsSync(path)) await makeAuthority(path, trustDomain);
      return await readAuthority(path, trustDomain);
    } catch (error) {
      if (error instanceof WarderError) throw error;
      throw new WarderError(
        'GATEWAY_KEY',
        `the certificate authority ${path} cannot be used: ${(error as Error).message}`,
        'restore it from a backup; without it, move it away: a new one is made, and all hosts enroll anew',
        { cause: error },
      );
    }
  }

  static read(pem: string, key: CryptoKey, trustDomain: string): CertificateAuthority {
    return new CertificateAuthority(pem, key, trustDomain);
  }

  /** For the key of a request, whose signature shows that the sender has it. */
  async issueHost(request: Uint8Array, host: string, lifetimeMs: number): Promise<Issued> {
    return this.#issue(await requestKey(request), `host/${host}`, CLIENT_AUTH, [], lifetimeMs);
  }

  /** For a new key that lives in this process only. */
  async issueServer(names: readonly string[], lifetimeMs: number): Promise<ServerIdentity> {
    const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
    const publicKey = await x509.PublicKey.create(keys.publicKey);
    const { pem, expiresMs } = await this.#issue(publicKey, 'gateway', SERVER_AUTH, names, lifetimeMs);
    return { chain: `${pem}\n${this.pem}`, key: await privateKeyPem(keys.privateKey), expiresMs };
  }

  async #issue(
    publicKey: x509.PublicKey,
    path: string,
    use: string,
    names: readonly string[],
    lifetimeMs: number,
  ): Promise<Issued> {
    const now = Date.now();
    const serial = serialNumber();
    const spiffe = { type: 'url', value: `spiffe://${this.#trustDomain}/${path}` } as const;
    const others = names.map(
      (name) => ({ type: /^[0-9.]+$|:/.test(name) ? 'ip' : 'dns', value: name }) as const,
    );
    const issued = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [path] }],
      issuer: new x509.X509Certificate(this.pem).subjectName,
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(now + lifetimeMs),
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([use], true),
        new x509.SubjectAlternativeNameExtension([spiffe, ...others]),
      ],
    });
    const pem = issued.toString('pem');
    const { serialNumber: written, validTo } = new X509Certificate(pem);
    return { pem, serial: written.toLowerCase(), expiresMs: Date.parse(validTo) };
  }
}

/** 127 random bits: positive, and never the same twice. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function requestKey(request: Uint8Array): Promise<x509.PublicKey> {
  const fix = 'make the request with `warder runtime enroll`, or with openssl for a P-256 or Ed25519 key';
  if (request.length > REQUEST_BYTES) {
    throw new WarderError('IDENTITY_REQUEST', `a certificate request of ${request.length} bytes`, fix);
  }
  let parsed: x509.Pkcs10CertificateRequest;
  let whole: boolean;
  try {
    parsed = new x509.Pkcs10CertificateRequest(request as Uint8Array<ArrayBuffer>);
    whole = await parsed.verify();
  } catch (error) {
    throw new WarderError('IDENTITY_REQUEST', 'the certificate request cannot be read', fix, {
      cause: error,
    });
  }
  const { name, namedCurve } = parsed.publicKey.algorithm as { name: string; namedCurve?: string };
  const known = (name === 'ECDSA' && namedCurve === 'P-256') || name === 'Ed25519';
  if (whole && known) return parsed.publicKey;
  throw new WarderError(
    'IDENTITY_REQUEST',
    whole
      ? `the certificate request is for a key of kind ${namedCurve ?? name}`
      : 'the certificate request is not signed by its key',
    fix,
  );
}

async function makeAuthority(path: string, trustDomain: string): Promise<void> {
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: ['Warder gateway'] }, { O: [trustDomain] }],
    keys,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + AUTHORITY_MS),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'wx', 0o600);
  writeSync(file, `${await privateKeyPem(keys.privateKey)}${certificate.toString('pem')}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

/** One file with both, so that they are never of two makings. */
async function readAuthority(path: string, trustDomain: string): Promise<CertificateAuthority> {
  const { mode } = statSync(path);
  if (mode & 0o077) {
    throw new WarderError(
      'GATEWAY_KEY',
      `the certificate authority ${path} is open to others (mode ${(mode & 0o777).toString(8)})`,
      `take it as known to them: move it away, and all hosts enroll anew; or, if you are sure, chmod 600 ${path}`,
    );
  }
  return await authorityOf(readFileSync(path, 'utf8'), trustDomain);
}

async function keptAuthority(pem: string, trustDomain: string): Promise<CertificateAuthority> {
  try {
    return await authorityOf(pem, trustDomain);
  } catch {
    throw new WarderError(
      'GATEWAY_KEY',
      'what is kept as the authority is no P-256 key with its certificate, both in PEM',
      'keep there what stands in keys/authority.pem of the gateway whose authority it is',
    );
  }
}

async function authorityOf(text: string, trustDomain: string): Promise<CertificateAuthority> {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0] ?? '';
  const der = createPrivateKey(text).export({ type: 'pkcs8', format: 'der' });
  const key = await crypto.subtle.importKey('pkcs8', der as Buffer<ArrayBuffer>, SIGNATURE, false, ['sign']);
  return CertificateAuthority.read(certificate, key, trustDomain);
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
