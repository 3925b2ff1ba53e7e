/**
 * An event of the log as a line for people: index, time, agent, then what happened.
 */
import { toBigInt, toNumber } from '../contract/int64.ts';
import type { LoggedEvent } from '../contract/messages.ts';
import { formatUnixNs } from '../contract/times.ts';
import { describeEvent } from './describe.ts';
import { eventLine } from './event-line.ts';
import type { Style } from './terminal.ts';

/** `#12 2026-03-01T12:00:00.123Z coder  4711 git …` */
export function textLine(style: Style): (logged: LoggedEvent) => string {
  return ({ index, event }) => {
    if (!event) return '';
    const time = formatUnixNs(toBigInt(event.timeUnixNs)).replace(/(\.\d{3})\d{6}Z$/, '$1Z');
    const agent = (event.agent ?? '').split('/').at(-1) ?? '';
    const when = `${`#${toNumber(index)}`.padStart(8)} ${time} ${agent.padEnd(12)}`;
    return eventLine(when, describeEvent(event), { style, targetWidth: Number.POSITIVE_INFINITY });
  };
}
