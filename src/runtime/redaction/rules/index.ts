/** All rules of Warder, by family. Where two fit the same place, the earlier one names the kind. */
import type { Rule } from '../rule.ts';
import { AI } from './ai.ts';
import { CLOUDS } from './clouds.ts';
import { COMMERCE } from './commerce.ts';
import { DATA } from './data.ts';
import { KEYS } from './keys.ts';
import { MESSAGING } from './messaging.ts';
import { OPERATIONS } from './operations.ts';
import { SOURCE_HOSTS } from './source-hosts.ts';
import { WORKPLACE } from './workplace.ts';

export const RULES: readonly Rule[] = [
  ...CLOUDS,
  ...SOURCE_HOSTS,
  ...AI,
  ...COMMERCE,
  ...MESSAGING,
  ...OPERATIONS,
  ...DATA,
  ...WORKPLACE,
  ...KEYS,
];
