/**
 * The environment that the caller has, with what bin/warder kept from Warder's own node under its name again.
 */
const KEPT = /^WARDER_AGENT_(NODE_\w+)$/;

export function callerEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(names.map(([name, value]) => [KEPT.exec(name)?.[1] ?? name, value]));
}
