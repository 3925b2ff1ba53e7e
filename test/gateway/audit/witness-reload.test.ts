/** The logs that a gateway is a witness of change while it runs: by its configuration and SIGHUP. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { witnessService } from '../../../src/contract/audit-service.ts';
import { toLong } from '../../../src/contract/int64.ts';
import { liveEndpoints } from '../../../src/gateway/endpoint.ts';
import { MAIN, run } from '../child.ts';
import { asker, cleanUp, eventually, stateDirectory } from '../fixtures.ts';
import { type Evidence, evidence } from './exported.ts';

afterEach(cleanUp);

test('what is named at a reload is cosigned from then on, what is named no more is not; a faulty list changes nothing', async () => {
  const state = stateDirectory();
  const config = join(stateDirectory(), 'gateway.yaml');
  const policies = stateDirectory();
  const write = (keys: readonly string[]) =>
    writeFileSync(config, JSON.stringify({ kind: 'Gateway', state, policies, audit: { witness_of: keys } }));
  const [one, other] = [await evidence([20]), await evidence([30])];
  write([]);
  const service = run([MAIN, 'gateway', '--config', config]);
  const said = (what: string, times: number) =>
    eventually(what, () => service.lines.filter((line) => line.includes(what)).length >= times, 120_000);
  await said('listens at', 1);
  const [live] = await liveEndpoints(state);
  const ask = asker({ address: live!.address }, live!.viewerToken);
  const cosigned = async ({ audit }: Evidence, oldSize: number): Promise<boolean> => {
    const { note, size } = audit.latest()!;
    const proof = audit.consistency(oldSize, size);
    const { cosignature } = await ask(witnessService.addCheckpoint, {
      oldSize: toLong(oldSize),
      proof,
      note,
    });
    return cosignature !== '';
  };
  const unknown = { code: 'WITNESS_UNKNOWN' };
  await expect(cosigned(one, 0)).rejects.toMatchObject(unknown);

  write([one.audit.verifierKey]);
  service.process.kill('SIGHUP');
  await said('reloaded', 1);
  expect(await cosigned(one, 0)).toBe(true);
  await expect(cosigned(other, 0)).rejects.toMatchObject(unknown);

  // Of the right form, and no key: its id is not that of the name.
  write([other.audit.verifierKey.replace('warder.dev/log/', 'warder.dev/log/0')]);
  service.process.kill('SIGHUP');
  await said('is not a verifier key', 1);
  expect(await cosigned(one, 20)).toBe(true);

  write([other.audit.verifierKey]);
  service.process.kill('SIGHUP');
  await said('reloaded', 2);
  expect(await cosigned(other, 0)).toBe(true);
  await expect(cosigned(one, 20)).rejects.toMatchObject(unknown);
  expect(service.lines.join('\n')).not.toContain('taken at the next start');
}, 300_000);
