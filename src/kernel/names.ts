/**
 * The kernel's numbers by name, as events and messages say them. The numbers come from the generated layout.
 */
import { PRIVILEGES, type Privilege } from '../contract/pattern.ts';
import { enums, names } from './generated/layout.ts';

/** Names of an enum that counts from 0, by number: "REASON_NO_RULE" is "no_rule". */
export function lowered(list: readonly string[], prefix: string): string[] {
  return list.map((name) => name.replace(prefix, '').toLowerCase());
}

/** `CATEGORY_EXEC` is "exec": by number. */
export const CATEGORY_NAMES: readonly string[] = lowered(names.category, 'CATEGORY_');

/** As policies write them, by bit. `PRIVILEGE_RAW_SOCKET` is "raw-socket". */
export const PRIVILEGE_NAMES: ReadonlyMap<number, Privilege | 'host'> = new Map<number, Privilege | 'host'>([
  [enums.privilege.PRIVILEGE_HOST, 'host'],
  ...PRIVILEGES.flatMap((privilege) => {
    const bit: number | undefined = (enums.privilege as Record<string, number>)[
      `PRIVILEGE_${privilege.toUpperCase().replaceAll('-', '_')}`
    ];
    return bit === undefined ? [] : [[bit, privilege] as const];
  }),
]);

export const EVENT_FLAG = enums.event_flag;

/** Any part of the event is not whole. */
export const EVENT_CUT =
  EVENT_FLAG.EVENT_CUT_ARGV |
  EVENT_FLAG.EVENT_CUT_PATH |
  EVENT_FLAG.EVENT_CUT_CWD |
  EVENT_FLAG.EVENT_UNREADABLE;

/** IPPROTO_* by number, as `getent protocols` names them. */
export const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
  136: 'udplite',
};
