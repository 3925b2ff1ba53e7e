/**
 * The credentials of a host towards a gateway elsewhere: its key, which is made here and never leaves, its
 * certificate, the gateway's authority, and the key that policies are signed with.
 *
 * In the runtime's state directory, as `identity.json`, 0600: one file, so that they are never of two enrolments.
 *
 * Throws: ENROLL_…, and what the gateway says.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { Client, Metadata } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { fingerprintOf, hostOf, parseCertificate, TLS_CHANNEL } from '../../contract/certificates.ts';
import { gatewayChannel, hostChannel } from '../../contract/channels.ts';
import { type HostCertificate, hostService } from '../../contract/identity-service.ts';
import { callUnary } from '../../contract/unary.ts';

const FILE = 'identity.json';
const CONNECT_MS = 10_000;

export interface HostCredentials {
  /** PEM, all of them but the last. */
  certificate: string;
  key: string;
  authority: string;
  /** base64 */
  policyKey: string;
}

export interface EnrollmentRequest {
  /** `host:port` */
  gateway: string;
  token: string;
  /** SHA-256 of the authority's certificate, hex. */
  fingerprint: string;
}

/** Makes a key, has it certified, and keeps both. Returns the host's name, which is the gateway's to give. */
export async function enroll(stateDirectory: string, asked: EnrollmentRequest): Promise<string> {
  const authority = await authorityOf(asked);
  const { request, key } = await newRequest();
  const client = new Client(asked.gateway, gatewayChannel(authority), TLS_CHANNEL);
  try {
    const answer = await callUnary(
      client,
      hostService.enroll,
      { token: asked.token, request },
      new Metadata(),
    );
    saveCredentials(stateDirectory, credentialsFrom(answer, key));
    return answer.host ?? '';
  } finally {
    client.close();
  }
}

/** The next certificate, with a new key, over a connection with the present one. */
export async function renew(stateDirectory: string, address: string): Promise<void> {
  const present = readCredentials(stateDirectory);
  const { request, key } = await newRequest();
  const client = new Client(address, hostChannel(present), TLS_CHANNEL);
  try {
    const answer = await callUnary(client, hostService.renew, { request }, new Metadata());
    saveCredentials(stateDirectory, credentialsFrom(answer, key));
  } finally {
    client.close();
  }
}

export function readCredentials(stateDirectory: string): HostCredentials {
  const path = join(stateDirectory, FILE);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as HostCredentials;
  } catch (error) {
    throw new WarderError(
      'ENROLL_NOT_YET',
      `this host has not enrolled with a gateway: ${(error as Error).message}`,
      'get a token (warder host token HOST), then: warder runtime enroll --gateway ADDRESS:PORT --token-file FILE --ca-fingerprint SHA256',
      { cause: error },
    );
  }
}

/** When a certificate is to be renewed: two thirds into its time. */
export function renewalMs({ certificate }: HostCredentials): number {
  const { validFrom, validTo } = parseCertificate(certificate);
  return Date.parse(validFrom) + (Date.parse(validTo) - Date.parse(validFrom)) * (2 / 3);
}

/** The host that a certificate is of. Throws ENROLL_CERTIFICATE for one of no host, or that is over. */
export function hostName({ certificate }: HostCredentials): string {
  const parsed = parseCertificate(certificate);
  const host = hostOf(parsed);
  if (host !== undefined && Date.parse(parsed.validTo) > Date.now()) return host;
  throw new WarderError(
    'ENROLL_CERTIFICATE',
    host === undefined
      ? 'the certificate has no SPIFFE ID of the form spiffe://<trust domain>/host/<name>'
      : `the certificate of host ${host} was good until ${parsed.validTo}`,
    'enroll again with a new token: warder host token HOST',
  );
}

async function newRequest(): Promise<{ request: Uint8Array; key: string }> {
  // For once in some days: loaded it is 20 MB of each runtime.
  const { SIGNATURE, x509 } = await import('../../contract/x509.ts');
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ['warder runtime'] }],
    keys,
    signingAlgorithm: SIGNATURE,
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    request: new Uint8Array(request.rawData),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function credentialsFrom(answer: HostCertificate, key: string): HostCredentials {
  const { certificate, authority, policyKey } = answer;
  return { certificate: certificate ?? '', key, authority: authority ?? '', policyKey: policyKey ?? '' };
}

function saveCredentials(stateDirectory: string, saved: HostCredentials): void {
  const path = join(stateDirectory, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(saved)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** The authority that a gateway shows, where it has the fingerprint that a person gave. Nothing else is believed yet. */
async function authorityOf({ gateway, fingerprint }: EnrollmentRequest): Promise<string> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(wanted)) {
    throw new WarderError(
      'ENROLL_FINGERPRINT',
      `'${fingerprint}' is no SHA-256`,
      'give the 64 hex digits that warder host token shows',
    );
  }
  const shown = await chainOf(gateway);
  const found = shown.find((raw) => fingerprintOf(parseCertificate(raw)) === wanted);
  if (found) return parseCertificate(found).toString();
  throw new WarderError(
    'ENROLL_FINGERPRINT',
    `the gateway at ${gateway} does not have the authority with the fingerprint ${wanted}`,
    'compare it with what warder host token shows on the gateway; if they differ, somebody else answers at this address',
  );
}

/** DER of the certificates that a server shows. */
function chainOf(gateway: string): Promise<Buffer[]> {
  const at = gateway.lastIndexOf(':');
  const [host, port] = [gateway.slice(0, at).replace(/^\[|\]$/g, ''), Number(gateway.slice(at + 1))];
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(
        new WarderError(
          'ENROLL_CONNECT',
          `the gateway at ${gateway} does not answer: ${error.message}`,
          'see whether it runs and listens there',
          {
            cause: error,
          },
        ),
      );
    };
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
      const chain: Buffer[] = [];
      let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (certificate?.raw && !chain.some((raw) => raw.equals(certificate!.raw))) {
        chain.push(certificate.raw);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.setTimeout(CONNECT_MS, () => fail(new Error(`nothing within ${CONNECT_MS} ms`)));
    socket.once('error', fail);
  });
}
