/** Before any test: the generated code must be there, or every import of it fails with a riddle. */
import { existsSync } from 'node:fs';

export default function requireGenerated(): void {
  const missing = ['src/contract/generated/warder.js', 'src/kernel/generated/layout.ts'].filter(
    (file) => !existsSync(file),
  );
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} are not generated: run make generate`);
}
