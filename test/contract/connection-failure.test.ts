import { expect, test } from 'vitest';
import { connectionFailure } from '../../src/contract/connection-failure.ts';

test.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7443. Resolution note: ',
    'connect ECONNREFUSED 127.0.0.1:7443',
  ],
  [
    'No connection established. Last error: RangeError [ERR_SOCKET_BAD_PORT]: Port should be >= 0 and < 65536. Received type number (99999).. Resolution note: ',
    'RangeError [ERR_SOCKET_BAD_PORT]: Port should be >= 0 and < 65536. Received type number (99999)',
  ],
  ['No connection established', 'No connection established'],
  ['the gateway stops', 'the gateway stops'],
])('of %j is told %j', (details, told) => {
  expect(connectionFailure(details)).toBe(told);
});
