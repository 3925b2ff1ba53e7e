/**
 * What an agent is about to do, as policy judges it.
 */
import type { Privilege, Protocol } from './pattern.ts';

/** `path` is what the kernel resolved: absolute, no links, no `..`. */
export interface FileAction {
  category: 'exec' | 'read' | 'write' | 'load';
  path: string;
  /** Of the content, 64 lower-case hex digits, where it was taken. */
  sha256?: string;
}

export interface NetworkAction {
  category: 'connect' | 'listen';
  protocol: Protocol;
  /** Four or sixteen bytes; null where only the name is known. */
  address: Uint8Array | null;
  /** Name that the address was given for, lower case. */
  host?: string;
  port: number;
}

export interface UnixAction {
  category: 'connect' | 'listen';
  /** A path, or an abstract name with its @. */
  unix: string;
}

export interface PrivilegedAction {
  category: 'privileged';
  privilege: Privilege;
}

export type Action = FileAction | NetworkAction | UnixAction | PrivilegedAction;
