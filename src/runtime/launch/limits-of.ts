/**
 * The resource limits of a process, as the launcher takes them (native/launcher/surroundings.h).
 *
 * In:  /proc/<pid>/limits, proc_pid_limits(5); its lines stand in the order of RLIMIT_… (asm-generic/resource.h).
 * Throws: what node:fs does where the process has gone.
 */
import { readFileSync } from 'node:fs';

const LINE = /^Max .*?\s{2,}(\d+|unlimited)\s+(\d+|unlimited)/;

export function limitsOf(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/limits`, 'utf8').split('\n').slice(1);
  const limits = lines.flatMap((line, number) => {
    const [, soft, hard] = LINE.exec(line) ?? [];
    return soft === undefined ? [] : [`${number}=${soft}:${hard}`];
  });
  return limits.join(',');
}
