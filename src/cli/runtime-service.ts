/**
 * The runtime of a host as a service.
 *
 * In:     its configuration.
 * Out:    a service (service.ts) that obeys its gateway, waits for it where it is not there, and keeps events
 *         meanwhile.
 * Throws: KERNEL_… where the host cannot carry it, STATE_DIRECTORY, CONFIG_INVALID; then nothing is left running.
 */
import { randomUUID } from 'node:crypto';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { readHostIdentity } from '../base/host-identity.ts';
import { openStateDirectory, stateDirectoryUser } from '../base/state-dir.ts';
import { requireHost } from '../kernel/capability.ts';
import { findContainer } from '../runtime/adoption/engine.ts';
import { AdoptionKeeper } from '../runtime/adoption/keeper.ts';
import { GatewayHolds } from '../runtime/gateway-holds.ts';
import { HOLD_TIMES } from '../runtime/holds.ts';
import { LocalApi } from '../runtime/local/server.ts';
import { askRuntime, countEvent, runtimeMetrics } from '../runtime/metrics.ts';
import { Programs } from '../runtime/programs.ts';
import { createRedactor } from '../runtime/redaction/redactor.ts';
import { loadRules, rulesAddress } from '../runtime/redaction/rule-file.ts';
import type { TakenOverRun } from '../runtime/runs/run.ts';
import { Runtime } from '../runtime/runtime.ts';
import type { UplinkState } from '../runtime/uplink/options.ts';
import { Uplink } from '../runtime/uplink/uplink.ts';
import { askDirectory, WHY_SOCKET } from '../runtime/why/words.ts';
import { judgeAction } from './action-judge.ts';
import { activationSocket } from './activation.ts';
import { allowRows } from './allow-rows.ts';
import { fixedChanges, fixedText } from './config/fixed.ts';
import type { RuntimeConfig } from './config/runtime.ts';
import { gatewayEndpoint } from './gateway-endpoint.ts';
import { serveMetrics } from './metrics-server.ts';
import { requireRuntimeProduction } from './production-runtime.ts';
import type { Service } from './service.ts';
import { serviceLock } from './service-lock.ts';
import type { ServiceLog } from './service-log.ts';
import { wordsFor } from './told-words.ts';
import { warderVersion } from './version.ts';

export async function startRuntimeService(
  config: RuntimeConfig,
  readAgain: () => RuntimeConfig,
  log: ServiceLog,
): Promise<Service> {
  requireHost();
  const rules = await loadRules(config.redactionRules);
  const stateDirectory = openStateDirectory(config.stateDirectory, stateDirectoryUser(process.env));
  requireRuntimeProduction({ config, stateDirectory }, process.env);
  const lock = serviceLock(stateDirectory, 'runtime');
  const { boot } = readHostIdentity();
  const gateway = gatewayEndpoint(config);
  const { host } = gateway;
  let state: UplinkState['state'] = 'detached';
  const metrics = runtimeMetrics();
  const uplink = new Uplink({
    endpoint: gateway.endpoint,
    patient: true,
    origin: { host, boot, origin: randomUUID() },
    version: warderVersion(),
    redactionRules: rulesAddress(rules),
    spool: { directory: join(stateDirectory, 'spool'), maxBytes: config.spoolBytes },
    onProblem: (error) => log.problem(error),
    onStored: (seconds) => metrics.observe('endToEnd', seconds),
    onState: (next) => {
      if (next.problem) log.problem(next.problem);
      else if (state !== 'attached') log.info('attached to the gateway');
      state = next.state;
    },
  });
  const undo: (() => unknown)[] = [
    () => closeSync(lock),
    () => uplink.close(),
    gateway.keepRenewed((problem) => log.problem(problem)),
  ];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const tell = (error: unknown): void => log.problem(error);
    const { instance, silenceMs } = config;
    const programs = new Programs({ stateDirectory, instance, silenceMs });
    undo.push(() => programs.leave());
    let api: LocalApi | undefined;
    const runtime = new Runtime({
      programs,
      uplink,
      redactor: createRedactor({ rules }),
      boot,
      protect: [stateDirectory],
      onEvent: (event) => {
        countEvent(metrics, event);
        api?.onEvent(event);
      },
      onBatch: (seconds) => metrics.observe('batch', seconds),
      holds: new GatewayHolds({ uplink, answerMs: HOLD_TIMES.answerMs }),
      judgeAction,
      whySocket: join(askDirectory(config.socket), WHY_SOCKET),
      servers: config.dns,
      onProblem: tell,
    });
    undo.push(() => runtime.close());
    let rows = await allowRows(config.allow, tell);
    let { engines } = config;
    api = new LocalApi({
      runtime,
      permissions: () => rows,
      containerOf: (name) => findContainer(engines, name),
      wordsFor,
      onProblem: tell,
    });
    const listening = api;
    undo.push(() => listening.leave());
    await runtime.listen();
    for (const run of await runtime.takeOver()) takenOver(run, log);
    const keeper = adoptionKeeper(runtime, log);
    undo.push(() => keeper.close());
    askRuntime(metrics, { runtime, uplink, version: warderVersion() });
    if (config.metricsListen !== undefined) {
      const served = await serveMetrics(config.metricsListen, {
        metrics: () => metrics.expose(),
        unready: () => (state === 'attached' ? undefined : `the gateway is not attached: ${state}`),
      });
      undo.push(() => served.close());
      log.info(`metrics at http://${served.address}/metrics`);
    }
    await api.listen(activationSocket() ?? config.socket);
    log.info(`runtime ${warderVersion()} of host ${host}, boot ${boot}`);
    // Not awaited: the policies of what is to be adopted come from a gateway that may be away.
    void keeper.apply(config.adopt, engines);
    return {
      reload: async () => {
        const next = readAgain();
        const fixed = fixedText(fixedChanges(config, next, ['allow', 'adopt', 'engines', 'dns']));
        if (fixed) log.info(fixed);
        rows = await allowRows(next.allow, tell);
        ({ engines } = next);
        runtime.askServers(next.dns);
        void keeper.apply(next.adopt, engines);
      },
      status: () => `gateway: ${state}; ${runtime.runs().length} runs`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function adoptionKeeper(runtime: Runtime, log: ServiceLog): AdoptionKeeper {
  return new AdoptionKeeper({
    runtime,
    cgroup2: requireHost().cgroup2,
    onAdopted: ({ what, agent, run, processes }) =>
      log.info(`adopted ${what} with ${processes} processes as ${agent}, run ${run}`),
    onReleased: ({ what, run }) => log.info(`released ${what}, run ${run}`),
    onProblem: (error) => log.problem(error),
  });
}

/** A run that an earlier runtime of this host started goes on here. */
function takenOver({ run, agent, ended }: TakenOverRun, log: ServiceLog): void {
  log.info(`took over the run ${run} of ${agent}`);
  ended.then(
    ({ code, signal }) =>
      log.info(`the run ${run} ended with ${signal ? `signal ${signal}` : `status ${code}`}`),
    (error: Error) => {
      // Not waited for any more: this runtime stops, and the run is the next one's.
      if (error.name !== 'AbortError') log.problem(error);
    },
  );
}
