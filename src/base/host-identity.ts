/**
 * Which host and which boot of it: the two ids that every event carries.
 *
 * Host: /etc/machine-id where there is one (machine-id(5)), hashed with our name as it asks for, so that the
 * id itself stays on the host; else the host name. Boot: /proc/sys/kernel/random/boot_id.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface HostIdentity {
  host: string;
  /** Boot id of the kernel, a UUID. */
  boot: string;
}

export function readHostIdentity(): HostIdentity {
  return { host: readHostId(), boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
}

function readHostId(): string {
  let machineId = '';
  try {
    machineId = readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    // A minimal image has none.
  }
  if (!/^[0-9a-f]{32}$/.test(machineId)) return hostname();
  return createHmac('sha256', Buffer.from(machineId, 'hex')).update('warder host').digest('hex').slice(0, 32);
}
