/** Trees of the system: large, the same for everybody, and no agent writes there. Not scanned for names. */
export const SYSTEM = [
  '/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/nix', '/proc', '/sbin', '/snap', '/sys',
  '/usr', '/var/cache', '/var/lib',
]; // biome-ignore format: one glance
