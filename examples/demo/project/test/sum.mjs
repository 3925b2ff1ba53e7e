/** The project's one test: a process that fails when the sum is wrong. */
import assert from 'node:assert/strict';
import { sum } from '../src/sum.mjs';

assert.equal(sum(2, 3), 5);
console.log('test passed: 2 + 3 = 5');
