/**
 * Who is at the other end of a local connection, and the descriptors that came with their greeting.
 *
 * A net.Socket that is paused from its start is a descriptor that nobody reads: the greeting is taken from it by
 * recvmsg(2), exactly its length, before node reads the rest.
 */
import { closeSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lineBehind } from '../../base/text-line.ts';
import { loadAddon } from '../../kernel/addon.ts';
import { protocolError } from './frames.ts';

/** A client greets right behind its connect. */
const GREETING_MS = 5000;
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 50;
const STANDARD = 3;

export interface LocalPeer {
  pid: number;
  uid: number;
  gid: number;
  /** Supplementary ones. */
  groups: number[];
  /** pidfd. */
  process: number;
}

/** Undefined for one that has gone. Its pidfd is closed with the socket. */
export function peerOf(socket: Socket): LocalPeer | undefined {
  const descriptor = descriptorOf(socket);
  const peer = descriptor === undefined ? null : loadAddon().peerOf(descriptor);
  if (!peer) return undefined;
  socket.once('close', () => closeSync(peer.process));
  return peer;
}

/** Its group and its supplementary ones, as it connected. */
export function groupsOf({ gid, groups }: LocalPeer): number[] {
  return [...new Set([gid, ...groups])];
}

/** All user ids of a process: who runs something set-uid may not have it governed. */
export function isOwnedBy(pid: number, uid: number): boolean {
  try {
    const ids = lineBehind(readFileSync(`/proc/${pid}/status`, 'utf8'), 'Uid:\t');
    return ids?.split('\t').every((id) => Number(id) === uid) ?? false;
  } catch {
    return false;
  }
}

/** The descriptors of the greeting: none or three. Undefined where it does not come, or the client goes. */
export async function greeted(socket: Socket, greeting: string): Promise<number[] | undefined> {
  const end = performance.now() + GREETING_MS;
  for (let waitMs = FIRST_LOOK_MS; performance.now() < end; waitMs = Math.min(2 * waitMs, LAST_LOOK_MS)) {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) return undefined;
    const received = loadAddon().receiveDescriptors(descriptor, greeting.length, STANDARD);
    if (received?.bytes.length === 0) return undefined;
    if (received) {
      const { bytes, descriptors } = received;
      const whole = bytes.toString('latin1') === greeting;
      if (whole && (descriptors.length === STANDARD || descriptors.length === 0)) return descriptors;
      for (const one of descriptors) closeSync(one);
      throw protocolError(whole ? `${descriptors.length} descriptors` : 'a greeting of another kind');
    }
    await sleep(waitMs);
  }
  return undefined;
}

/** node keeps it from public view, and has nothing else that says who connected. */
export function descriptorOf(socket: Socket): number | undefined {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } })._handle ?? {};
  return fd !== undefined && fd >= 0 ? fd : undefined;
}
