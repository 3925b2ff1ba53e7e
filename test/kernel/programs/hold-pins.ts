/**
 * Holds the kernel side of an instance as a runtime would, until it is killed: attaches, or takes over from the
 * one before; puts a policy in force that allows all paths but one to be executed, and no connection.
 *
 *     node hold-pins.ts INSTANCE DENIED-PROGRAM SILENCE-MS
 *
 * stdin: `label PID`; stdout: `ready INHERITED`, `labelled PID`. Beats while it lives.
 */
import { createInterface } from 'node:readline';
import { enums, layout } from '../../../src/kernel/generated/layout.ts';
import { Pins } from '../../../src/kernel/pins.ts';
import type { MapRows, PolicyRows } from '../../../src/kernel/policy-rows.ts';
import { Sensor } from '../../../src/kernel/sensor.ts';
import { options, pathRow, RUN } from '../addon-fixtures.ts';

const RINGS = { decisionsBytes: 1 << 20, observationsBytes: 1 << 20 };
const NO_ROWS: MapRows = { keys: Buffer.alloc(0), values: Buffer.alloc(0), count: 0 };
const DAY_MS = 86_400_000;

const [instance = '', denied = '', silence = '0'] = process.argv.slice(2);
const pins = Pins.open(instance, RINGS);
const { inherited } = pins;
const sensor = Sensor.open({ cgroup2: options().cgroupPath, ...RINGS, pins });
const policy = rows(sensor.policies.nextPolicy());
sensor.policies.install(policy, DAY_MS);
sensor.policies.setRun(RUN, policy.policy, { terminate: true });
sensor.beat(Number(silence));
sensor.takeOver((take) => take());
sensor.start(() => {});
setInterval(() => sensor.beat(Number(silence)), 50);
console.log(`ready ${inherited}`);
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.split(' ')[1]);
  sensor.tasks.label(pid, RUN);
  console.log(`labelled ${pid}`);
}

function rows(number: number): PolicyRows {
  const { CATEGORY_EXEC, CATEGORY_READ, CATEGORY_WRITE, CATEGORY_LOAD } = enums.category;
  const all = [CATEGORY_EXEC, CATEGORY_READ, CATEGORY_WRITE, CATEGORY_LOAD].map((category) =>
    pathRow(category, '/', number),
  );
  const refused = pathRow(CATEGORY_EXEC, `${denied}\0`, number);
  refused.value.writeUInt16LE(1, layout.rule_match.fields.deny.offset);
  const paths = [...all, refused];
  return {
    policy: number,
    head: Buffer.alloc(layout.policy.size),
    paths: {
      keys: Buffer.concat(paths.map((row) => row.key)),
      values: Buffer.concat(paths.map((row) => row.value)),
      count: paths.length,
    },
    names: NO_ROWS,
    contents: NO_ROWS,
    addresses: NO_ROWS,
    ports: NO_ROWS,
  };
}
