/**
 * What the console says and takes at the level of HTTP: headers of every answer, the session's cookie, and which
 * requests may come from its own page only.
 *
 * Nothing from elsewhere is loaded, run, framed or sent to. A request that changes something has to come from the page
 * itself by all of: a cookie that no other site's request carries, JSON that no form can send, and the browser's own word
 * on where it comes from.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Two years, as RFC 6797 is used in practice. */
const HSTS = 'max-age=63072000';

export function securityHeaders(tls: boolean): Record<string, string> {
  return {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), payment=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cache-control': 'no-store',
    ...(tls ? { 'strict-transport-security': HSTS } : {}),
  };
}

/** With TLS the name itself binds the cookie to this host and to TLS (RFC 6265bis, 4.1.3.2). */
function cookieName(tls: boolean): string {
  return tls ? '__Host-warder' : 'warder';
}

export function cookie(tls: boolean, value: string): string {
  const gone = value === '' ? '; Max-Age=0' : '';
  return `${cookieName(tls)}=${value}; Path=/; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}${gone}`;
}

export function cookieOf(request: IncomingMessage, tls: boolean): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/; */);
  const prefix = `${cookieName(tls)}=`;
  const values = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
  const [value] = values;
  return values.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(value!) ? value : undefined;
}

/** A page that made its own name point here reads nothing: only addresses, localhost and the gateway's names. */
export function isOwnName(request: IncomingMessage, names: readonly string[]): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const bare = host.replace(/^\[|\]$/g, '');
  return host === 'localhost' || isIP(bare) !== 0 || names.some((name) => name.toLowerCase() === bare);
}

/** Whether the console's own page sent it. Browsers set both headers; what is no browser sets neither. */
export function isOwnPage({ headers, method }: IncomingMessage, tls: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && method === 'GET')) return false;
  const { origin } = headers;
  return origin === undefined || origin === `${tls ? 'https' : 'http'}://${headers.host}`;
}
