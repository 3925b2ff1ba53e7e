/**
 * The formats that events are exported in.
 *
 * In:  logged events. Out: lines without newlines; one event gives one or more.
 */
import type { LoggedEvent } from '../../contract/messages.ts';
import { loggedEventJson } from '../event-json.ts';
import { cefLine } from './cef.ts';
import { ocsfEvents } from './ocsf.ts';
import { otlpRequest } from './otlp.ts';
import { syslogLine } from './syslog.ts';

export const FORMATS: Readonly<Record<string, (logged: LoggedEvent) => string[]>> = {
  jsonl: (logged) => [loggedEventJson(logged)],
  ocsf: (logged) => ocsfEvents(logged).map((event) => JSON.stringify(event)),
  cef: (logged) => [cefLine(logged)],
  syslog: (logged) => [syslogLine(logged)],
  otlp: (logged) => [JSON.stringify(otlpRequest([logged]))],
};
