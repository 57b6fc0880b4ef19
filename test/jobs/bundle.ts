// Builds TypeScript entries into CommonJS files as the app's build does, so that tests can start real processes and
// threads. In: names and entries. Out: a folder with <name>.js, and the way to remove it.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { findAppRoot } from '../../main/session/binding';

export async function bundle(
  entries: Readonly<Record<string, string>>,
): Promise<{ folder: string; remove: () => void }> {
  const root = findAppRoot();
  // Inside of the checkout, where better-sqlite3 is found
  const parent = path.join(root, 'node_modules', '.cache');
  fs.mkdirSync(parent, { recursive: true });
  const folder = fs.mkdtempSync(path.join(parent, 'goldbench-test-'));
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20.18',
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        external: ['electron', 'better-sqlite3'],
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path.join(root, file)])),
        output: { format: 'cjs', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type": "commonjs"}');
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
