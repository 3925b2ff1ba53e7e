/**
 * `warder run` where the runtime of the host runs as a service: the agent is started by it, under the policy of its
 * gateway, as the user who asks. This process only passes on: descriptors, terminal, signals, and what is told.
 *
 * What reads and shows events is loaded while the runtime starts the agent, which takes it about as long.
 *
 * Throws: RUN_SERVICE where the runtime cannot be reached or goes away, and what the runtime says.
 */
import { loadAddon } from '../kernel/addon.ts';
import { GREETING, jsonFrame, type RunAsked } from '../runtime/local/frames.ts';
import { descriptorOf } from '../runtime/local/peer.ts';
import type { StartAgent } from './embedding.ts';
import { connected } from './local-client.ts';
import { ownTerminal } from './own-terminal.ts';

export function startThroughService(path: string, asked: RunAsked): StartAgent {
  return async (observe) => {
    const socket = await connected(path);
    // Told by whoever reads it.
    socket.on('error', () => {});
    const terminal = ownTerminal();
    loadAddon().sendDescriptors(descriptorOf(socket)!, GREETING, terminal.descriptors);
    socket.write(jsonFrame({ run: asked }));
    terminal.begin();
    try {
      const [{ Conversation }, observer] = await Promise.all([
        import('./service-conversation.ts'),
        observe(),
      ]);
      return await new Conversation(socket, terminal, observer).started;
    } catch (error) {
      socket.destroy();
      await terminal.end();
      throw error;
    }
  };
}
