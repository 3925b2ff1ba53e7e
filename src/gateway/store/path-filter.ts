/**
 * Whether an event is about a path: that path itself, or something under it.
 *
 * In:  an encoded Event, an absolute path.
 */
import { Event } from '../../contract/messages.ts';
import { pathsOf } from './entry.ts';

export function underPath(body: Uint8Array, prefix: string): boolean {
  const directory = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return pathsOf(Event.decode(body)).some((path) => path.startsWith(directory) || `${path}/` === directory);
}
