/**
 * The life of a service in the foreground: start, reload on SIGHUP, stop on SIGTERM or SIGINT; what a service
 * manager is told of it (sd_notify(3), Type=notify-reload), with a watchdog where it asks for one.
 *
 * In:  how to start it; NOTIFY_SOCKET and WATCHDOG_USEC from the environment.
 * Out: resolves when it has stopped. A second signal while it stops ends it at once.
 *
 * The watchdog is fed by this process's event loop: one that hangs is not fed.
 */
import { WarderError } from '../base/error.ts';
import { loadAddon } from '../kernel/addon.ts';
import type { ServiceLog } from './service-log.ts';
import { type Kept, ServiceMemory } from './service-memory.ts';

export interface Service {
  /** Reads again what it was told; throws where that is faulty, and then goes on as before. */
  reload(): Promise<void>;
  stop(): Promise<void>;
  /** Shown by systemctl status. */
  status?(): string;
}

export async function serve(start: () => Promise<Service>, log: ServiceLog, kept: Kept): Promise<void> {
  const memory = new ServiceMemory(kept);
  const notify = notifier(log);
  const stopping = Promise.withResolvers<NodeJS.Signals>();
  const onStop = (signal: NodeJS.Signals): void => {
    process.once(signal, () => process.exit(1));
    stopping.resolve(signal);
  };
  process.once('SIGTERM', onStop).once('SIGINT', onStop);
  let reloads = Promise.resolve();
  let service: Service | undefined;
  const onReload = (): void => {
    reloads = reloads.then(() => service && reload(service, notify, log));
  };
  process.on('SIGHUP', onReload);
  try {
    service = await start();
    const running = service;
    memory.started();
    notify(`READY=1\nSTATUS=${running.status?.() ?? 'running'}`);
    const watchdog = feed(() => notify(`WATCHDOG=1\nSTATUS=${running.status?.() ?? 'running'}`));
    log.info(`stops: ${await stopping.promise}`);
    notify('STOPPING=1');
    await reloads;
    await service.stop();
    clearInterval(watchdog);
    log.info('stopped');
  } finally {
    memory.stop();
    process.off('SIGHUP', onReload);
  }
}

async function reload(service: Service, notify: Notify, log: ServiceLog): Promise<void> {
  notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  try {
    await service.reload();
    log.info('reloaded');
  } catch (error) {
    log.problem(error);
  }
  notify('READY=1');
}

type Notify = (state: string) => void;

function notifier(log: ServiceLog): Notify {
  const socket = process.env.NOTIFY_SOCKET;
  // Not for what this process starts (sd_notify(3)).
  delete process.env.NOTIFY_SOCKET;
  if (!socket) return () => {};
  const addon = loadAddon();
  return (state) => {
    try {
      addon.sendDatagram(socket, state);
    } catch (error) {
      log.problem(
        new WarderError(
          'SERVICE_NOTIFY',
          `the service manager cannot be told of this service: ${(error as Error).message}`,
          'see what NOTIFY_SOCKET names; under systemd this is not for anyone to set',
          { cause: error },
        ),
      );
    }
  };
}

/** Twice in each period that systemd waits. */
function feed(send: () => void): NodeJS.Timeout | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = process.env;
  delete process.env.WATCHDOG_USEC;
  delete process.env.WATCHDOG_PID;
  const periodMs = Number(WATCHDOG_USEC) / 1000;
  if (!(periodMs > 0) || (WATCHDOG_PID && Number(WATCHDOG_PID) !== process.pid)) return undefined;
  return setInterval(send, periodMs / 2).unref();
}
