/**
 * What a question is about, as a policy sees it. Pure.
 */
import { isBinding } from './records.ts';

export interface Asked {
  /** In normal form. */
  name: string;
  type: number;
  /** The name that rules are about. */
  policyName: string;
}

/** A port and a scheme in front of a service's own name: `_8443._https.api.example.com` (RFC 9460, 2.3). */
const SERVICE_PREFIX = /^(?:_[0-9]{1,5}\.)?_[a-z0-9-]{1,15}\./;

export function asked(name: string, type: number): Asked {
  return { name, type, policyName: isBinding(type) ? name.replace(SERVICE_PREFIX, '') : name };
}
