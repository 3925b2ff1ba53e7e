/**
 * Each wall by itself. A small act is tried twice, by throw-away processes under the launcher: with a description in
 * which everything else lets it through, where it has its effect, and with one more wall, where it has none. Nothing
 * is labelled and no kernel program loaded: what refuses here is the wall. Walls all together: walls-attacks.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EffectivePolicy } from '../../src/contract/messages.ts';
import { agentEnvironment } from '../../src/runtime/launch/environment.ts';
import { cleanUp } from './launcher-fixtures.ts';
import { BY_ARGUMENT, REFUSED } from './walls-each-calls.ts';
import { type How, lastLine, Trials, type Tried } from './walls-each-fixture.ts';
import { SOMEBODY } from './walls-fixture.ts';

const trials = new Trials();
const { arena } = trials;
beforeAll(() => trials.begin());
afterEach(cleanUp);
afterAll(() => trials.end());

/** Walls with nothing in them that the acts meet, but for capabilities and the calls of the filter. */
const OPEN = ['place', 'wx', '/', 'allow', 'rdxwmi', '/'];
const open = (...more: string[]) => ({ walls: [...OPEN, ...more] });
/** Landlock's rules with `rights` everywhere, and all of them where the interpreter lies. */
const allowing = (rights: string, ...more: string[]) => ({
  walls: [
    ...['place', 'wx', '/', 'allow', rights, '/', ...more],
    ...['/usr', '/etc', '/proc', arena.workspace].flatMap((path) => ['allow', 'rdxwm', path]),
    ...['allow', 'rdw', '/dev'],
  ],
});
/** The same places without execution and changes. */
const placed = (flags: string, place: string) => open('place', flags, place);

interface Row {
  wall: string;
  act: string;
  without: (place: string) => How;
  with: (place: string) => How;
  /** With the wall. */
  word: string;
  /** Landlock's, that it begins with: before it the act has its effect behind the wall too, and `doctor` says so. */
  abi?: number;
  /** Where the word is 'effect' in both: what the host sees of it afterwards. */
  seen?: (place: string) => boolean;
}

const plain = (): How => ({});
const asUser = (how: (place: string) => How) => (place: string) => ({
  ...how(place),
  launch: { flags: ['--user', SOMEBODY] },
});
const rows = (
  wall: string,
  word: string,
  without: Row['without'],
  walled: Row['with'],
  ...acts: string[]
): Row[] => acts.map((act) => ({ wall, act, word, without, with: walled }));

const landlock = (rights: string, ...acts: string[]) =>
  rows(
    `Landlock, no right but ${rights}`,
    'refused EACCES',
    () => allowing('rdxwmi'),
    () => allowing(rights),
    ...acts,
  );

const since = (abi: number, table: Row[]) => table.map((row) => ({ ...row, abi }));

const FILES: Row[] = [
  ...landlock('dwmi', 'read_file', 'read_in_directory'),
  ...landlock('rxwmi', 'list_directory'),
  ...landlock('rdwmi', 'run_program'),
  ...landlock('rdxmi', 'write_file'),
  ...since(3, landlock('rdxmi', 'truncate_file')),
  ...landlock('rdxwi', 'make_file', 'make_directory', 'make_pipe', 'make_link', 'remove_file', 'remove_directory', 'move_file', 'link_file'),
  ...rows('Landlock, no sockets', 'refused EACCES', () => allowing('rdxwmi', 'local-sockets'), () => allowing('rdxwi', 'local-sockets'), 'make_socket'),
  ...since(5, landlock('rdxwm', 'control_device')),
  ...rows('read-only place', 'refused EROFS', (place) => placed('wx', place), (place) => placed('x', place),
    'write_file', 'truncate_file', 'make_file', 'make_directory', 'make_link', 'remove_file', 'move_file', 'link_file', 'change_mode', 'change_owner', 'change_times', 'change_attribute'),
  ...rows('place without execution', 'refused EACCES', (place) => placed('wx', place), (place) => placed('w', place), 'run_program'),
  ...rows('place without execution', 'refused EPERM', (place) => placed('wx', place), (place) => placed('w', place), 'map_program'),
  ...rows('mask of a file', 'refused EACCES', () => open(), (place) => open('hide', `${place}/file`), 'read_file'),
  ...rows('mask of a directory', 'refused EACCES', () => open(), (place) => open('hide', `${place}/sub`), 'read_in_directory', 'list_inner_directory'),
  ...rows('mask of a name', 'refused EACCES', () => open(), (place) => open('scan', place, 'name', 'hide', 'file'), 'read_file', 'read_in_directory'),
  ...rows('mask of a suffix', 'refused EACCES', () => open(), (place) => open('scan', place, 'suffix', 'hide', '.key'), 'read_other'),
  ...rows('frozen name', 'refused EROFS', () => open(), (place) => open('scan', place, 'name', 'freeze', 'file'), 'write_file'),
  ...rows('frozen suffix', 'refused EROFS', () => open(), (place) => open('scan', place, 'suffix', 'freeze', '.key'), 'write_other'),
  ...rows('veil', 'refused ENOENT', () => open(), (place) => open('veil', `${place}/sub`), 'read_in_directory'),
  ...rows('private place', 'none nothing', () => open(), (place) => open('private', `${place}/sub`), 'list_inner_directory'),
  { wall: 'private place', act: 'make_in_directory', word: 'effect', without: () => open(), with: (place) => open('private', `${place}/sub`),
    seen: (place) => existsSync(join(place, 'sub/made')) },
  ...rows('private /tmp', 'none nothing', () => open(), () => open('private', tmpdir(), 'keep', arena.directory), 'see_beside'),
]; // biome-ignore format: a table

const guarded = (place: string) => open('name', 'hide', '.env', 'guard', place);
/** Permission events are about mounts: one at the workspace. */
const inWorkspace = (...more: string[]) => open('place', 'wx', arena.workspace, ...more);

/** A directory that is read-only to the run, and that somebody outside may pass to it. */
const aside = (place: string, ...more: string[]) =>
  open('local-sockets', 'place', '-', `${place}/sub`, ...more);

/** What comes later, and what the clerk performs. */
const LATER: Row[] = [
  ...rows('clerk', 'refused EACCES', () => open('name', 'hide', '.env'), guarded, 'make_denied_name', 'give_denied_name'),
  ...rows('clerk, without the right to read', 'refused EACCES', () => allowing('xwm'), (place) => ({ walls: [...allowing('xwm').walls, 'guard', place] }), 'watch_directory'),
  ...rows('clerk, directories passed from outside', 'refused EACCES', (place) => aside(place), (place) => aside(place, 'name', 'hide', '.env', 'guard', place),
    'make_file_below_passed', 'make_file_in_passed', 'make_directory_below_passed', 'make_link_below_passed', 'move_file_out_of_passed',
    'link_file_below_passed', 'remove_file_below_passed', 'change_mode_below_passed', 'change_times_in_passed', 'truncate_file_in_passed'),
  ...rows('permission events, by name', 'refused EPERM', () => inWorkspace('name', 'hide', '.env'), () => inWorkspace('name', 'hide', '.env', 'guard', arena.workspace), 'read_what_came_later'),
  ...rows('permission events, by place', 'refused EPERM', () => inWorkspace('guard', arena.workspace), () => inWorkspace('guard', arena.workspace, 'watch', 'hide', trials.later), 'read_what_came_later'),
  ...rows('permission events, for writing, by name', 'refused EPERM', () => inWorkspace('guard', arena.workspace), () => inWorkspace('name', 'freeze', '.env', 'guard', arena.workspace), 'write_what_came_later'),
  ...rows('permission events, for writing, by place', 'refused EPERM', () => inWorkspace('guard', arena.workspace), () => inWorkspace('guard', arena.workspace, 'watch', 'freeze', trials.later), 'write_what_came_later'),
  ...rows('permission events, for writing alone', 'effect', () => open(), () => inWorkspace('guard', arena.workspace, 'watch', 'freeze', trials.later), 'read_what_came_later'),
  ...rows('clerk, by a descriptor', 'refused EACCES', () => inWorkspace('guard', arena.workspace), () => inWorkspace('name', 'freeze', '.env', 'guard', arena.workspace), 'change_mode_of_what_came_later_by_descriptor'),
  ...rows('seccomp, flags of files', 'refused ENOTTY', () => inWorkspace('guard', arena.workspace), () => inWorkspace('name', 'freeze', '.env', 'guard', arena.workspace), 'change_flags_of_what_came_later_by_descriptor'),
]; // biome-ignore format: a table

/** Others: their sockets, signals, terminals, objects, memory. */
const OTHERS: Row[] = [
  ...since(6, rows('abstract sockets', 'refused EPERM', () => open('local-sockets'), () => open('local-sockets', 'scope', 'abstract'), 'connect_abstract')),
  ...rows('mask of a socket', 'refused EACCES', () => open('local-sockets'), () => open('local-sockets', 'socket', trials.environment.OUTSIDER_SOCKET!), 'connect_path'),
  ...rows('unix sockets', 'refused EACCES', () => open('local-sockets'), () => open(), 'make_unix_socket'),
  ...since(6, rows('signals', 'refused EPERM', () => open(), () => open('scope', 'signal'), 'signal_outsider', 'signal_outsider_by_pidfd')),
  // Landlock is left out whole by `mount`, which takes its file rules.
  ...rows('Landlock, looking into others', 'refused EACCES', () => open('privilege', 'ptrace-others', 'privilege', 'mount'), () => open('privilege', 'ptrace-others'), 'read_environment_of_outsider'),
  ...rows('/proc of its own', 'none nothing', () => open(), () => open('proc'), 'see_outsider'),
  ...rows('/dev/pts of its own', 'refused ENOENT', () => open(), () => open('terminals'), 'open_terminal_of_outsider'),
  // No description is without these: they stand wherever there are walls.
  ...rows('IPC namespace', 'refused EINVAL', plain, () => open(), 'attach_shared_memory_of_outsider', 'send_to_messages_of_outsider'),
  ...rows('IPC namespace', 'refused ENOENT', plain, () => open(), 'open_queue_of_outsider'),
]; // biome-ignore format: a table

const nofile = (flags: string[]) => (): How => ({ ...open(), launch: { flags } });
const unlimited = (how: () => How) => (): How => ({
  ...how(),
  launch: { through: ['/usr/bin/prlimit', '--core=unlimited'] },
});

/** What a process has of its own. Capabilities, no_new_privs and core dumps stand wherever there are walls. */
const OWN: Row[] = [
  ...rows('capabilities', 'refused EACCES', plain, () => open(), 'be_more_important'),
  ...rows('capabilities', 'refused EPERM', plain, () => open(), 'mark_packets'),
  ...rows('bounding set', 'none none', plain, () => open(), 'gain_capabilities'),
  ...rows('no_new_privs', 'none nothing', asUser(plain), asUser(() => open()), 'gain_privileges'),
  // Mounts are nosuid besides: either refuses.
  ...rows('no_new_privs and nosuid', 'none an ordinary user', asUser(plain), asUser(() => open()), 'become_root_by_program'),
  ...rows('user', 'refused EACCES', () => open(), asUser(() => open()), 'read_private'),
  ...rows('no core dumps', 'none nothing', unlimited(plain), unlimited(() => open()), 'be_allowed_a_core_dump'),
  ...rows('--limits', 'refused EMFILE', nofile([]), nofile(['--limits', '7=50:50']), 'open_many'),
  ...rows('limits: pids', 'refused EAGAIN', () => ({ ...open(), pids: 1000 }), () => ({ ...open(), pids: 20 }), 'fork_often'),
  ...rows('memory as a file', 'refused EPERM', plain, () => open(), 'map_memory_file'),
]; // biome-ignore format: a table

/** The ABI that the launcher says it found; where it put up no walls it says nothing. */
const landlockOf = ({ lines }: Tried) => Number(/^walls (\d+) /m.exec(lines.join('\n'))?.[1]);

describe.each([
  ['files', FILES],
  ['what comes later', LATER],
  ['others', OTHERS],
  ['its own', OWN],
])('%s', (_, table) => {
  test.each(table)('$wall: $act', async (row) => {
    const without = await trials.one(row.act, row.without);
    expect(without.word).toBe('effect');
    if (row.seen) expect(row.seen(without.place)).toBe(true);
    const walled = await trials.one(row.act, row.with);
    expect(walled.word).toBe(landlockOf(walled) < (row.abi ?? 1) ? 'effect' : row.word);
    if (row.seen) expect(row.seen(walled.place)).toBe(false);
  });
});

/** Calls that kernels are built without: they answer so with no walls, and what is shown is that the filter was asked. */
const LACKING = /^(refused (ENOSYS|EAFNOSUPPORT|EPROTONOSUPPORT|EOPNOTSUPP)|none no such calls)$/;

const told = ({ lines }: Tried, call: string) =>
  lines.filter((line) => new RegExp(`^refused \\d+ \\d+ 0 (${call}|unknown) \\d+$`).test(line)).length;

describe('calls', () => {
  const groups = Map.groupBy([...REFUSED, ...BY_ARGUMENT], ({ lifted, beside }) =>
    [lifted ?? 'nothing', beside ? `${beside} anyway` : ''].filter(Boolean).join(', '),
  );

  test.each([...groups])('of those that are lifted by %s', async (_, group) => {
    const { lifted, beside } = group[0]!;
    const more = beside ? ['privilege', beside] : [];
    const lift = lifted === 'local-sockets' ? [lifted] : ['privilege', lifted!];
    const acts = group.map(({ act }) => act);
    const without = await trials.many(acts, lifted ? () => open(...more, ...lift) : plain);
    const walled = await trials.many(acts, () => open(...more));
    for (const { call, act, errno } of group) {
      const word = without.words[act]!;
      expect(`${act}: ${LACKING.test(word) ? 'effect' : word}`).toBe(`${act}: effect`);
      expect(`${act}: ${walled.words[act]}`).toBe(`${act}: refused ${errno}`);
      const least = group.filter((row) => row.call === call).length;
      expect([call, told(without, call), told(walled, call) >= least]).toEqual([call, 0, true]);
    }
  });

  test('the list is that of the filter', () => {
    const source = readFileSync(new URL('../../native/launcher/refusals.c', import.meta.url), 'utf8');
    const named = [...source.matchAll(/^\t\{ "(\w+)", (E\w+), (\w+) \},$/gm)].map(([, call]) => call!);
    const others = ['umount', 'clock_settime64', 'vm86', 'vm86old']; // of other architectures
    const own = ['memfd_create']; // performed
    expect(
      REFUSED.map(({ call }) => call)
        .concat(others, own)
        .sort(),
    ).toEqual(named.sort());
  });

  test('clone3, without a word: its flags are where no filter can look', async () => {
    expect((await trials.one('clone3_user_namespace', () => open('privilege', 'userns'))).word).toBe(
      'effect',
    );
    expect((await trials.one('clone3_user_namespace', () => open())).word).toBe('refused ENOSYS');
  });

  test.each(['call_of_32_bit', 'call_of_x32'])('of another architecture: %s', async (act) => {
    const without = (await trials.one(act, plain)).word;
    if (without !== 'effect') expect(without).toMatch(/^(refused ENOSYS|killed 11|none .*)$/);
    expect((await trials.one(act, () => open())).word).toBe('killed 31');
  });
});

describe('what a caller has', () => {
  // Below what the launcher itself opens, and above.
  test.each([5, 90])(
    'stray descriptor %i: a child that is merely spawned has it, behind the launcher nobody',
    async (fd) => {
      const act = 'read_stray_descriptor';
      const through = ['/bin/bash', '-c', `exec ${fd}<${join(arena.outside, 'file')}; exec "$0" "$@"`];
      const env = { ...trials.environment, STRAY: `${fd}` };
      const [program, ...args] = [...through, ...trials.command(act)];
      expect(lastLine(spawnSync(program!, args, { env, encoding: 'utf8' }).stdout)).toEqual({
        [act]: 'effect',
      });
      const walled = await trials.one(act, () => ({ ...open(), launch: { through, environment: env } }));
      expect(walled.word).toBe('refused EBADF');
    },
  );

  test('the environment: without a list all of it passes, with one what is named', async () => {
    const act = 'have_secret_in_environment';
    const passing = (environmentLimited: boolean) => () => {
      const policy = { environmentLimited, environment: ['PATH', 'OUTSIDER'] } as EffectivePolicy;
      const passed = agentEnvironment({ ...trials.environment, TOKEN_OF_CALLER: 'SECRET' }, policy);
      const file = join(arena.directory, 'environment');
      writeFileSync(
        file,
        Object.entries(passed)
          .map(([name, value]) => `${name}=${value}\0`)
          .join(''),
      );
      const through = ['/bin/sh', '-c', `exec 5<${file}; exec "$0" "$@"`];
      return { ...open(), launch: { through, flags: ['--environment-fd', '5'] } };
    };
    expect((await trials.one(act, passing(false))).word).toBe('effect');
    expect((await trials.one(act, passing(true))).word).toBe('none nothing');
  });
});
