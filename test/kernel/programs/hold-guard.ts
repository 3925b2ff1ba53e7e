/**
 * Holds permission events for a file, as a runtime does for a run that it adopted, until it is killed. By SIGTERM it lets go of the guard and ends.
 *
 *     node hold-guard.ts FILE SILENCE-MS
 *
 * stdout: `ready`.
 */
import { requireHost } from '../../../src/kernel/capability.ts';
import { Sensor } from '../../../src/kernel/sensor.ts';

const [file = '', silence = ''] = process.argv.slice(2);
const sensor = Sensor.open({ cgroup2: requireHost().cgroup2 });
const guard = sensor.guard(1, Number(silence));
if (!guard.mark(file, false)) throw new Error(`${file} takes no mark`);
process.once('SIGTERM', () => {
  guard.close();
  process.exit(0);
});
console.log('ready');
setInterval(() => {}, 60_000);
