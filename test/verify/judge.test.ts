import { expect, test } from 'vitest';
import { parseBudgets } from '../../vagrant/verify/budgets.ts';
import { parseFindings } from '../../vagrant/verify/findings.ts';
import { faults, type Kernel } from '../../vagrant/verify/judge.ts';

/** Lines as warder-verify writes them, spaces for tabs. */
const findings = (...lines: string[]) =>
  parseFindings(lines.map((line) => line.replaceAll(' ', '\t')).join('\n'));
const lab = (release: string, ...lines: string[]): Kernel => ({
  findings: findings(`kernel ${release}`, ...lines),
  isLab: true,
});
const host = (...lines: string[]): Kernel => ({ ...lab('6.18.44', ...lines), isLab: false });
const budgets = (text: string) => parseBudgets(text);

test('programs within their budgets have no fault', () => {
  const kernel = lab('6.1.0-56', 'program on_exec tp_btf/sched_process_exec loaded 900 800 700 120+96');
  expect(faults([kernel], budgets('on_exec 900'))).toEqual([]);
});

test('a program past its budget is named with the kernel that needs most, and both figures', () => {
  const section = 'tp_btf/sched_process_exec';
  const kernels = [
    lab('6.1.0-56', `program on_exec ${section} loaded 1100 800 700 120`),
    lab('6.12.117', `program on_exec ${section} loaded 1200 800 700 120`),
    lab('7.2.12', `program on_exec ${section} loaded 950 800 700 120`),
  ];
  expect(faults(kernels, budgets('on_exec 1000'))).toEqual([
    'on_exec: the verifier processes up to 1200 instructions (6.12.117), its budget is 1000',
  ]);
});

test('a program without a budget and a budget without a program are faults', () => {
  const kernel = lab('6.1.0', 'program on_exec tp_btf/sched_process_exec loaded 10 8 7 0');
  expect(faults([kernel], budgets('on_exit 1000'))).toEqual([
    expect.stringMatching(/^on_exec: has no budget, the verifier processes up to 10 /),
    expect.stringMatching(/^on_exit: has a budget and is no program/),
  ]);
});

test('a refusal by the verifier is a fault on any host, with the words of the verifier', () => {
  const refused = ['program on_exec tp_btf/sched_process_exec refused EACCES', 'log R1 invalid mem access'];
  for (const kernel of [lab('6.1.0', ...refused), host(...refused)]) {
    const [fault] = faults([kernel], budgets('on_exec 1000'));
    expect(fault).toMatch(/^on_exec: on \S+ the verifier refuses it, EACCES:\n {4}R1\tinvalid/);
  }
});

test('LSM programs that a host refuses to everybody are no fault there, and are one on a kernel of the lab', () => {
  const program = 'program guard_exec lsm/bprm_check_security unavailable EPERM';
  expect(faults([host(program)], budgets('guard_exec 1000'))).toEqual([]);
  expect(faults([lab('6.12.1', program)], budgets('guard_exec 1000'))).toEqual([
    'guard_exec: on 6.12.1 lsm/bprm_check_security is unavailable (EPERM)',
  ]);
});

test('a hook may be absent below the line that brought it, and not from there on', () => {
  const program = 'program on_connect_unix cgroup/connect_unix absent -';
  const since = budgets('on_connect_unix 1000 6.7');
  expect(faults([lab('6.1.0', program)], since)).toEqual([]);
  expect(faults([lab('6.12.1', program)], since)).toHaveLength(1);
  expect(faults([lab('7.2.1', program)], since)).toHaveLength(1);
});

test('lines of another form are refused, not passed over', () => {
  expect(() => findings('kernel 6.1.0', 'program on_exec tp loaded many 8 7 0')).toThrow(
    /not a line of warder-verify/,
  );
  expect(() => findings('kernel 6.1.0', 'program on_exec tp vanished -')).toThrow(
    /not a line of warder-verify/,
  );
  expect(() => findings('program on_exec tp absent -')).toThrow(/name no kernel/);
  expect(() => budgets('on_exec much')).toThrow(/"on_exec much" is not PROGRAM INSTRUCTIONS/);
  expect(() => budgets('on_exec 1\non_exec 2')).toThrow(/once for each program/);
});
