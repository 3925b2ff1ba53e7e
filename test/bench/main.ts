/**
 * `make bench`: measures, prints a table, and fails on a regression.
 *
 * usage: node test/bench/main.ts [--parts NAME,...] [--update] [--quick]
 * In:     test/bench/ratios.json, the bounds that no ratio may leave: generous, as machines are noisy.
 * Out:    the table on stdout; with --update also in docs/performance.md, with its chart, each part as soon as it is
 *         measured. Exit status 1 for a figure outside its bound and for a part that failed, which holds up no other; 2 for a
 *         wrong word. A goal that is missed fails nothing.
 */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { checkRatios } from './check.ts';
import { commandsPart } from './commands.ts';
import { deliveryPart } from './delivery.ts';
import type { Part } from './figure.ts';
import { growthPart } from './growth.ts';
import { labParts } from './lab.ts';
import { latencyPart } from './latency.ts';
import { loadedPart } from './loaded.ts';
import { loopsPart } from './loops.ts';
import { namesPart } from './names.ts';
import { checkPage, updatePage } from './page.ts';
import { peersPart } from './peers.ts';
import { beginClean, cleanUp } from './place.ts';
import { soakPart } from './soak.ts';
import { stagesPart } from './stages.ts';
import { startupPart } from './startup.ts';
import { tableOf } from './table.ts';
import { verdictsPart } from './verdicts.ts';
import { workPart } from './work.ts';

/** @param scale how often things are repeated: 1, or less for a quick look */
type Measure = (scale: number) => Promise<Part[]>;

const PARTS: Readonly<Record<string, Measure>> = {
  workload: async (scale) => [
    await loopsPart(Math.ceil(10 * scale)),
    await commandsPart(Math.ceil(5 * scale)),
    await workPart(Math.ceil(3 * scale)),
  ],
  peers: async (scale) => [await peersPart(Math.ceil(3 * scale))],
  pipeline: async (scale) => [
    await deliveryPart(Math.ceil(5 * scale)),
    await stagesPart(Math.ceil(9 * scale)),
    await latencyPart(Math.ceil(5 * scale)),
  ],
  startup: async (scale) => [await startupPart(Math.ceil(7 * scale))],
  verdicts: async (scale) => [await verdictsPart(Math.ceil(15 * scale))],
  growth: async (scale) => [await growthPart(Math.ceil(9 * scale))],
  soak: async (scale) => [await soakPart(2 * scale)],
  names: async (scale) => [await namesPart(Math.ceil(5 * scale))],
  loaded: async () => [await loadedPart()],
  lab: labParts,
};
/** The one takes longer than all others together, and measures nothing; the other needs what the lab needs. */
const ON_REQUEST = ['loaded', 'lab'];

const { values } = parseArgs({
  options: { parts: { type: 'string' }, update: { type: 'boolean' }, quick: { type: 'boolean' } },
});
const asked = values.parts?.split(',') ?? Object.keys(PARTS).filter((name) => !ON_REQUEST.includes(name));
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(
    `bench: there is no part '${unknown.join(', ')}'; there are ${Object.keys(PARTS).join(', ')}`,
  );
  process.exit(2);
}
if (process.geteuid!() !== 0) {
  console.error('bench: programs are loaded into the kernel, which takes root: sudo make bench');
  process.exit(2);
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}, Node ${process.version}`;
if (values.update) checkPage(['goals', ...asked]);
const faults: string[] = [];
console.log(machine);
await beginClean();
for (const name of asked) {
  const begin = performance.now();
  try {
    const parts = await PARTS[name]!(values.quick ? 0.2 : 1);
    for (const part of parts) console.log(`\n${tableOf(part)}`);
    faults.push(...checkRatios(parts.flatMap(({ figures }) => figures)));
    const load = `load average ${loadavg()[1]!.toFixed(1)} on the way`;
    if (values.update) updatePage(name, parts, `${machine}, ${load}`);
  } catch (error) {
    console.error(error);
    faults.push(`${name} failed: ${(error as Error).message}`);
  } finally {
    await cleanUp();
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(`\n${name}: ${seconds} s, load of the machine ${loadavg()[0]!.toFixed(1)}`);
}
for (const fault of faults) console.error(`bench: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
