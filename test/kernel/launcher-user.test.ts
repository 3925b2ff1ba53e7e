/** The launcher as a user: what the command is and has under --user. */
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, run, shell } from './launcher-fixtures.ts';

afterEach(cleanUp);

describe('--user', () => {
  const identity = shell('id -u; id -g; id -G; echo "$HOME|$USER|$LOGNAME"; grep CapEff /proc/self/status');

  test('NAME: ids, groups, home and names of the account, and no capability', async () => {
    const agent = await run(identity, { flags: ['--user', 'nobody'] });
    expect(agent.output()).toBe(
      '65534\n65534\n65534\n/nonexistent|nobody|nobody\nCapEff:\t0000000000000000\n',
    );
  });

  test('UID of the database is the same account', async () => {
    const agent = await run(identity, { flags: ['--user', '65534'] });
    expect(agent.output()).toMatch(/^65534\n65534\n65534\n\/nonexistent\|nobody\|nobody\n/);
  });

  test('UID:GID that nobody has: no name, no other group', async () => {
    const agent = await run(identity, {
      flags: ['--user', '54321:54322'],
      environment: { USER: 'root', PATH: '/usr/bin' },
    });
    expect(agent.output()).toMatch(/^54321\n54322\n54322\n\/\|\|\n/);
  });

  test('NAME:GROUP: that group first, the account’s own behind it', async () => {
    const agent = await run(identity, { flags: ['--user', 'nobody:daemon'] });
    expect(agent.output()).toMatch(/^65534\n1\n1/);
  });

  test('the ids cannot be had back', async () => {
    const agent = await run(shell('grep -E "^[UG]id" /proc/self/status'), { flags: ['--user', 'nobody'] });
    expect(agent.output()).toBe('Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n');
  });
});
