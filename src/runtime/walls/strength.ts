/**
 * What refusals come to for an agent behind walls, by category: the stronger of what the host's programs do and
 * what the walls do.
 *
 * In: the host's mechanisms, the plan of a run's walls, or null where it has none. Out: mechanisms of that run.
 */
import { type Mechanism, UNRULED } from '../../kernel/mechanisms.ts';
import type { WallPlan } from './plan.ts';

type Wall = Pick<Mechanism, 'by' | 'gaps'>;

const WALLS: Readonly<Record<string, Wall>> = {
  exec: { by: 'exec-kill+landlock', gaps: [] },
  read: {
    by: 'landlock+mounts',
    gaps: [UNRULED.stat, UNRULED.processes],
  },
  write: { by: 'landlock+mounts', gaps: [] },
  load: { by: 'noexec', gaps: [UNRULED.memory] },
  connect: {
    by: 'cgroup+seccomp+mounts',
    gaps: [
      'unix sockets outside /run that were made after the start, in another network namespace, or by a name relative to where nobody is',
    ],
  },
  listen: {
    by: 'cgroup+seccomp',
    gaps: ['listen(2) on a port that the kernel picks', 'unix sockets'],
  },
  privileged: { by: 'cgroup+seccomp', gaps: [] },
};

/** Without `unix:…` no unix socket can be made, and who listens was asked for a port: there is no gap. */
function gapsOf(category: string, { gaps }: Wall, plan: WallPlan): readonly string[] {
  const sockets = plan.lines.some(([word]) => word === 'local-sockets');
  return (category === 'connect' || category === 'listen') && !sockets ? [] : gaps;
}

export function behindWalls(mechanisms: readonly Mechanism[], plan: WallPlan | null): Mechanism[] {
  const mounts = plan?.lines.some((line) => line[0] === 'privilege' && line[1] === 'mount');
  return mechanisms.map((mechanism) => {
    const wall = WALLS[mechanism.category];
    // Where the kernel programs prevent all by themselves, the walls are a second line.
    if (!plan || !wall || mounts || (mechanism.strength === 'prevented' && mechanism.gaps.length === 0)) {
      return mechanism;
    }
    const by = mechanism.by.includes('lsm') ? `${mechanism.by}+${wall.by}` : wall.by;
    return { ...mechanism, strength: 'prevented', by, gaps: gapsOf(mechanism.category, wall, plan) };
  });
}
