/**
 * Holds permission events for a file, as a runtime does for a run that it adopted, until it is killed.
 *
 *     node hold-guard.ts FILE SILENCE-MS
 *
 * stdout: `ready`.
 */
import { requireHost } from '../../../src/kernel/capability.ts';
import { Sensor } from '../../../src/kernel/sensor.ts';

const [file = '', silence = ''] = process.argv.slice(2);
const sensor = Sensor.open({ cgroup2: requireHost().cgroup2 });
if (!sensor.guard(1, Number(silence)).mark(file, false)) throw new Error(`${file} takes no mark`);
console.log('ready');
setInterval(() => {}, 60_000);
