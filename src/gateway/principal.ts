/**
 * Who calls a gateway, and in what role.
 */
import type { KeyRole } from './identity/keys.ts';

/**
 * runtime: a host's runtime. operator: who owns the state directory, through the gateway's socket there. The others
 * are of keys (identity/keys.ts).
 */
export type Role = 'runtime' | 'operator' | KeyRole;

/** Who called. */
export interface Principal {
  name: string;
  roles: readonly Role[];
  /** For a runtime: the only host that it may speak for. */
  host?: string;
  /** What was shown, by its public name: `key 0123456789ab`, `certificate 4a…`. None for tokens of this start. */
  credential?: string;
  /** Where the call came from. */
  address?: string;
}
