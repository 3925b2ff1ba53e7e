/**
 * What an event was about, as a rule would name it: a path, `udp/10.0.0.1:53`, `unix:/run/x.sock`, a privilege.
 *
 * In:  an event. Out: its target; empty where it has none.
 */
import type { Event, NetworkAction } from './messages.ts';

export function targetOf({
  exec,
  fileOpen,
  fileChange,
  load,
  network,
  privileged,
  nameLookup,
}: Event): string {
  const path = exec?.path || fileOpen?.path || fileChange?.path || load?.path;
  if (path) return path;
  if (network) return networkTarget(network);
  return privileged?.privilege || nameLookup?.name || '';
}

function networkTarget({ protocol, address, port, name }: NetworkAction): string {
  if (address?.startsWith('/') || address?.startsWith('@')) return `unix:${address}`;
  const host = name || (address?.includes(':') ? `[${address}]` : (address ?? ''));
  return `${protocol === 'tcp' || !protocol ? '' : `${protocol}/`}${host}:${port ?? 0}`;
}
