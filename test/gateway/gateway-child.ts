/**
 * A gateway in a process of its own, until it is killed or gets SIGTERM.
 *
 * Run:  node gateway-child.ts STATE
 * Says: one line of JSON once it listens: address, tokens, policyKey, logKey, id.
 */
import { writeSync } from 'node:fs';
import { startGateway } from '../../src/gateway/server.ts';
import { HOST, onePolicy } from './fixtures.ts';

const [stateDirectory = ''] = process.argv.slice(2);
const gateway = await startGateway({ stateDirectory, policySource: onePolicy(), host: HOST });
const { address, tokens, policyKey, logKey, id } = gateway;
writeSync(1, `${JSON.stringify({ address, tokens, policyKey, logKey, id })}\n`);
process.once('SIGTERM', () => gateway.stop());
