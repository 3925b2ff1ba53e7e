/**
 * Where this Warder lies: the checkout, or what it was installed to. Sources lie two folders below it, and so does what
 * they are bundled into (tools/bundle.ts).
 */
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Whether this is a bundle and not the sources. */
export const IS_BUNDLED = !import.meta.url.endsWith('.ts');

/** @param path below the root: "build/warder.node" */
export function atRoot(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}
