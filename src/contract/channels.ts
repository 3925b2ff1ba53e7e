/**
 * TLS channels to a gateway: it is known by the SPIFFE ID that its authority has certified, not by a name, so that a
 * host of the same authority does not pass for it.
 */
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { isGateway, parseCertificate } from './certificates.ts';

const verifyGateway = {
  checkServerIdentity: (_name: string, { raw }: { raw: Buffer }): Error | undefined =>
    isGateway(parseCertificate(raw)) ? undefined : new Error('the certificate is not of a gateway'),
};

/** For who has no certificate. All PEM. */
export function gatewayChannel(authority: string): ChannelCredentials {
  return credentials.createSsl(Buffer.from(authority), null, null, verifyGateway);
}

/** In both directions. All PEM. */
export function hostChannel(own: {
  authority: string;
  key: string;
  certificate: string;
}): ChannelCredentials {
  const { authority, key, certificate } = own;
  return credentials.createSsl(
    Buffer.from(authority),
    Buffer.from(key),
    Buffer.from(certificate),
    verifyGateway,
  );
}
