/**
 * Certificates (RFC 5280) and requests for them by @peculiar/x509, which asks for a polyfill of reflection before
 * it. Loading it takes a moment: who only looks at certificates goes by certificates.ts.
 */
import 'reflect-metadata';

export * as x509 from '@peculiar/x509';

export const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
