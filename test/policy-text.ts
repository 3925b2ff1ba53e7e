/** A policy's document as text, for tests that are about something else than its head. */
export function policyText(name: string, scope: string, mode: string, rules: string): string {
  return `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: ${name}, scope: ${scope}}
spec:
  mode: ${mode}
${rules}`;
}
