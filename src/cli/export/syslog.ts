/**
 * Syslog messages, RFC 5424, one to a line (non-transparent framing, RFC 6587 3.4.2).
 *
 * Facility 13 (log audit). Severity: 4 for what was refused and for losses, 5 for what a monitoring layer would have
 * refused, 6 else. Parameter values escape `"`, `\` and `]`; every text goes through printable() first. The
 * enterprise number in the SD-ID is the one that RFC 5612 sets aside for documentation.
 */
import { printable } from '../../base/printable.ts';
import type { LoggedEvent } from '../../contract/messages.ts';
import { formatUnixNs } from '../../contract/times.ts';
import { type Facts, factsOf } from './facts.ts';

const FACILITY = 13;
const SEVERITY = { refused: 4, lost: 4, would: 5, plain: 6 } as const;
const SD_ID = 'warder@32473';
/** RFC 5424 6.2.4: HOSTNAME is 1 to 255 printable ASCII characters. */
const HOSTNAME = /^[\x21-\x7e]{1,255}$/;

export function syslogLine(logged: LoggedEvent): string {
  const facts = factsOf(logged);
  const priority = FACILITY * 8 + SEVERITY[facts.severity];
  // At most six digits of a second: RFC 5424 6.2.3.
  const time = formatUnixNs(facts.timeNs).replace(/\d{3}Z$/, 'Z');
  const host = HOSTNAME.test(facts.host) ? facts.host : '-';
  const pid = facts.event.process?.pid ?? '-';
  const parameters = Object.entries(values(facts, logged))
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${parameter(String(value))}"`)
    .join('');
  const message = facts.word ? `${facts.word}: ${facts.text}` : facts.text;
  return `<${priority}>1 ${time} ${host} warder ${pid} ${facts.kind} [${SD_ID}${parameters}] \ufeff${message}`;
}

function values({ event, index, word, why, because }: Facts, logged: LoggedEvent) {
  const { process, decision } = event;
  return {
    index,
    origin: logged.origin,
    sequence: event.sequence === undefined ? undefined : String(event.sequence),
    agent: event.agent,
    run: event.run,
    execId: process?.execId,
    executable: process?.executable,
    user: process?.user,
    category: decision?.category,
    ruling: word,
    why,
    because,
    policy: decision?.policy,
  };
}

function parameter(text: string): string {
  return printable(text).replace(/["\\\]]/g, '\\$&');
}
