/**
 * Why there was no connection, out of what grpc-js says of it.
 *
 * In:  details of a status: `No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7443. Resolution note: `.
 * Out: `connect ECONNREFUSED 127.0.0.1:7443`; any other text as it is.
 */
export function connectionFailure(details: string): string {
  const [, why] =
    /^No connection established\. Last error: (?:Error: )?(.+?)\.* Resolution note: /s.exec(details) ?? [];
  return why === undefined || why === 'null' ? details : why;
}
