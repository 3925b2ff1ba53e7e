/**
 * Host names in the one form that they are compared in: lower case, no dot at the end, other scripts as punycode.
 *
 * In:  a name as a program or a document has it. Out: its normal form, or null for what is no host name: labels of
 *      letters, digits, hyphens and underscores, 63 bytes each, 253 in all. Nothing throws.
 */
import { domainToASCII } from 'node:url';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const NAME_BYTES = 253;

/** A name as it stands in a packet: nothing but ASCII has a meaning there. */
export function wireName(name: string): string | null {
  const lower = asciiLower(name.endsWith('.') ? name.slice(0, -1) : name);
  return lower.length <= NAME_BYTES && lower.split('.').every((label) => LABEL.test(label)) ? lower : null;
}

/** A name as people write it. */
export function hostName(name: string): string | null {
  return wireName(/^[\x21-\x7e]*$/.test(name) ? name : domainToASCII(name));
}

/** Unicode's lower case would make ASCII of what is none: K (U+212A) is not k. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
