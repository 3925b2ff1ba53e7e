/**
 * Records as the kernel writes them, of real work: what the stages of the pipeline are fed with.
 *
 * Out: batches as the drain hands them over, with the records of compilers, scripts, git and grep under a policy of
 *      1,000 rules, of which 1 in 30 is something other than an opened file.
 */
import { requireHost } from '../../src/kernel/capability.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { manyRules, rowsOf } from './loops.ts';
import { workDirectory } from './place.ts';
import { Worker } from './worker.ts';
import { prepareWork } from './works.ts';

const RUN = 1;
const LEASE_MS = 600_000;
/** Of one batch, as the drain has it (native/drain.cc). */
const BATCH_BYTES = 1 << 16;

export interface Captured {
  batches: Buffer[];
  events: number;
  bytes: number;
  directory: string;
}

/** About `events` records, repeated where the work made fewer. */
export async function capture(events: number): Promise<Captured> {
  const directory = workDirectory();
  const works = prepareWork(directory);
  const rings = { decisionsBytes: 32 << 20, observationsBytes: 32 << 20, backlogBytes: 64 << 20 };
  const sensor = Sensor.open({ cgroup2: requireHost().cgroup2, ...rings });
  const worker = await Worker.start(directory);
  const pieces: Buffer[] = [];
  try {
    sensor.start((batch) => {
      pieces.push(Buffer.from(batch));
    });
    sensor.attach();
    const rows = rowsOf({ rules: manyRules(1000) }, 1, directory);
    sensor.policies.install(rows, LEASE_MS);
    sensor.policies.setRun(RUN, rows.policy, { terminate: false });
    sensor.tasks.label(worker.pid, RUN);
    for (const name of ['gcc', 'python', 'script', 'status', 'grep']) await worker.run(works[name]!.request);
    await sensor.flush();
  } finally {
    sensor.detach();
    sensor.close();
    await worker.end();
  }
  return repeated(Buffer.concat(pieces), events, directory);
}

function repeated(all: Buffer, events: number, directory: string): Captured {
  const records: Buffer[] = [];
  for (let at = 0; at < all.length; ) {
    const size = all.readUInt32LE(at);
    records.push(all.subarray(at, at + size));
    at += size;
  }
  const batches: Buffer[] = [];
  let batch: Buffer[] = [];
  let bytes = 0;
  for (let index = 0; index < events; index++) {
    const record = records[index % records.length]!;
    batch.push(record);
    bytes += record.length;
    if (bytes >= BATCH_BYTES || index === events - 1) {
      // Aligned, as the drain's are.
      const own = Buffer.from(new ArrayBuffer(bytes));
      let at = 0;
      for (const piece of batch) at += piece.copy(own, at);
      batches.push(own);
      batch = [];
      bytes = 0;
    }
  }
  return { batches, events, bytes: batches.reduce((sum, { length }) => sum + length, 0), directory };
}
