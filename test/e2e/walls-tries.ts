/**
 * What walls refuse, tried by a shell that works in a directory with the files `made` and `kept`: a policy under which only `made`
 * may be written, and what each try says where nothing refuses it and where walls do.
 */

/** @param more lines under `spec` */
export const tryingPolicy = (more = ''): string => `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: contained, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: "/usr/**"}]
  read: [{allow: ["/usr/**", "/proc/self/**", "\${workspace}/**"]}]
  write: [{allow: "\${workspace}/made"}, {allow: /dev/null}]
${more}`;

/** @param secret a file that no rule allows */
export const tries = (secret: string): string =>
  [
    'exec 2> /dev/null',
    `cat ${secret} | { read x && echo read || echo unread; }`,
    '(echo after > kept) && echo wrote || echo unwritten',
    '(echo after > made) && echo wrote || echo unwritten',
    '(echo after > new) && echo wrote || echo unwritten',
    'chmod 604 kept && echo changed || echo unchanged',
    'mv kept moved && echo moved || echo unmoved',
    'cp /usr/bin/true made && chmod 777 made && ./made && echo ran || echo unrun',
    'grep -q "NoNewPrivs:.1" /proc/self/status && echo bound || echo free',
  ].join('; ');

export const UNREFUSED = ['read', 'wrote', 'wrote', 'wrote', 'changed', 'moved', 'ran', 'free'];
export const REFUSED = [
  'unread',
  'unwritten',
  'wrote',
  'unwritten',
  'unchanged',
  'unmoved',
  'unrun',
  'bound',
];
