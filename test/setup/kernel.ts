/** Before any kernel test: root and a built tree. Without them the tests fail; they are never skipped. */
import { existsSync } from 'node:fs';

export default function requireKernel(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('kernel tests load programs into the kernel and need root: run sudo make test');
  }
  const missing = ['build/warder.node', 'build/warder-launch', 'build/warder-run', 'dist/cli/main.js'].filter(
    (file) => !existsSync(file),
  );
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} are not built: run sudo make build`);
}
