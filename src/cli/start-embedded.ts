/**
 * Gateway and runtime inside `warder run`, begun with what takes longest: the kernel verifies the programs on a thread of its own for
 * a third of a second, and loading what is beside them takes this thread a tenth.
 *
 * Throws: as StartEmbedded says.
 */
import { Programs } from '../runtime/programs.ts';
import type { StartEmbedded } from './embedding.ts';

export const startBeside: StartEmbedded = async (options, observer) => {
  const programs = new Programs();
  const { startEmbedded } = await import('./embedded.ts');
  return startEmbedded(options, observer, programs);
};
