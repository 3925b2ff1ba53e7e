/**
 * A user whom /etc/passwd does not have: one of systemd's user database, as systemd-homed makes them, through its NSS
 * module. All of it lies in a mount namespace of the run's own.
 */
import { chmodSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, type Outcome, place, policyOf, start } from './governed.ts';

const UID = 48_211;
const USER = { userName: 'dora', uid: UID, gid: UID, homeDirectory: '/run/dora', disposition: 'regular' };
const GROUP = { groupName: 'dora', gid: UID };
const MOUNTS = `mount -t tmpfs none /run && mkdir -p /run/userdb /run/dora
cd /run/userdb
echo '${JSON.stringify(USER)}' | tee dora.user > ${UID}.user
echo '${JSON.stringify(GROUP)}' | tee dora.group > ${UID}.group
echo private > /run/dora/note && chown -R ${UID}:${UID} /run/dora
printf 'passwd: files systemd\\ngroup: files systemd\\n' > /run/nsswitch
mount --bind /run/nsswitch /etc/nsswitch.conf
cd "$OLDPWD" && exec "$@"`;
const POLICY = policyOf(`  exec: [{allow: [/usr/bin/**]}]
  read: [{allow: [/usr/**, /etc/**, "\${home}/**"]}]
  write: [{allow: ["\${home}/**"]}]
`);

afterAll(cleanUp);

async function run(user: string, script: string): Promise<Outcome> {
  const at = place(POLICY);
  for (const path of [at.directory, at.workspace]) chmodSync(path, 0o755);
  const command = ['/usr/bin/sh', '-c', script];
  const within = ['unshare', '--mount', 'sh', '-c', MOUNTS, 'sh'];
  const environment = { ...process.env, HOME: '/root', LC_ALL: 'C' };
  return await finished(start(at, command, ['--user', user], environment, within), at);
}

test.each(['dora', `${UID}`, `${UID}:${UID}`, 'dora:dora'])(
  'whoever the name services know has their home, named as %s',
  async (user) => {
    const script =
      'echo "$HOME"; cat ~/note; echo made > ~/made && cat ~/made; cat /root/.profile && echo reached';
    const { stdout, stderr, events } = await run(user, script);
    expect(stdout, stderr).toBe('/run/dora\nprivate\nmade\n');
    const users = events.filter(({ exec }) => exec).map((event) => (event.process as { user?: string }).user);
    expect(new Set(users)).toEqual(new Set(['dora']));
  },
);

test('a name that nobody has starts nothing, and has not the home of who asks', async () => {
  const { code, stdout, stderr } = await run('dorothea', 'echo started');
  expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
  expect(stderr).toContain('--user dorothea: no such user');
});
