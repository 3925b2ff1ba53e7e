/**
 * What of a changed configuration a service takes at its next start only: told at a reload, not passed over.
 *
 * In:  the configuration in use, the one that was read again, and which of its parts the reload has taken.
 * Out: the options as the file names them, in order.
 */

/** Of both services, where the file has another word. */
const OPTION_OF: Readonly<Record<string, string>> = {
  stateDirectory: 'state',
  trustDomain: 'trust_domain',
  leaseMs: 'lease',
  checkpoints: 'audit',
  retain: 'audit.retain',
  witnessOf: 'audit.witness_of',
  gatewayState: 'gateway',
  spoolBytes: 'spool',
  silenceMs: 'silence',
  metricsListen: 'metrics.listen',
  redactionRules: 'redaction.rules',
  logFormat: 'log.format',
};

export function fixedChanges<Config extends object>(
  inUse: Config,
  next: Config,
  taken: readonly (keyof Config & string)[],
): string[] {
  const parts = (Object.keys(inUse) as (keyof Config & string)[]).filter((part) => !taken.includes(part));
  const changed = parts.filter((part) => JSON.stringify(inUse[part]) !== JSON.stringify(next[part]));
  return [...new Set(changed.map(optionOf))].sort();
}

export function optionOf(part: string): string {
  return OPTION_OF[part] ?? part;
}

/** The line of the log, where there is anything to tell. */
export function fixedText(options: readonly string[]): string | undefined {
  if (options.length === 0) return undefined;
  return `changed in the configuration, and taken at the next start: ${options.join(', ')}`;
}
