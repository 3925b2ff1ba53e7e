/**
 * Trees of the system: large, the same for everybody, and no agent writes there. Not looked through for names.
 *
 * In those of them that PROGRAMS names, opens are not asked about either: programs start from there, with hundreds of
 * opens each. SHARED lies in one of them and is everybody's to write: a tree like any other.
 */
export const PROGRAMS = [
  '/bin', '/boot', '/dev', '/lib', '/lib32', '/lib64', '/libx32', '/nix', '/proc', '/sbin', '/snap', '/sys', '/usr',
]; // biome-ignore format: one glance
export const SYSTEM = [...PROGRAMS, '/etc', '/var/cache', '/var/lib'];
export const SHARED = '/dev/shm';
/** Files of the rest of SYSTEM that nearly every program reads as it starts. */
export const READ_AT_START = ['/etc/ld.so.cache', '/etc/locale.alias'];

export function isBelow(path: string, tree: string): boolean {
  return tree === '/' || path === tree || path.startsWith(`${tree}/`);
}

const isOf = (trees: readonly string[], path: string): boolean =>
  !isBelow(path, SHARED) && trees.some((tree) => isBelow(path, tree));

export const isSystem = (path: string): boolean => isOf(SYSTEM, path);
export const isForPrograms = (path: string): boolean => isOf(PROGRAMS, path);
