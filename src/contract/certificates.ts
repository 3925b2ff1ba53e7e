/**
 * What both sides of the contract know of certificates.
 *
 * A host is `spiffe://<trust domain>/host/<name>`, its gateway `spiffe://<trust domain>/gateway`, as URI in the
 * subject alternative name (X.509-SVID).
 */
import { X509Certificate } from 'node:crypto';

/** Of a client that speaks TLS: an address is no name for TLS (RFC 6066), and a gateway is not known by a name. */
export const TLS_CHANNEL = { 'grpc.ssl_target_name_override': 'gateway.warder' };

const HOST = /^spiffe:\/\/[a-z0-9._-]{1,255}\/host\/([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?)$/;
const GATEWAY = /^spiffe:\/\/[a-z0-9._-]{1,255}\/gateway$/;

/** The one SPIFFE ID of a certificate; undefined for none or several. */
function spiffeIdOf(certificate: X509Certificate): string | undefined {
  // As node writes it: `URI:spiffe://a/b, DNS:c`. A name with a comma is quoted there, and is none of ours.
  const uris = (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
  return uris.length === 1 ? uris[0] : undefined;
}

/** The host that a certificate is of; undefined for one that is no host's. */
export function hostOf(certificate: X509Certificate): string | undefined {
  return HOST.exec(spiffeIdOf(certificate) ?? '')?.[1];
}

export function isGateway(certificate: X509Certificate): boolean {
  return GATEWAY.test(spiffeIdOf(certificate) ?? '');
}

/** SHA-256 over its DER, hex: what people compare. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

export function parseCertificate(text: string | Buffer): X509Certificate {
  return new X509Certificate(text);
}
