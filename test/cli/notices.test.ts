/** What the package says of those whose work is in it. Needs the build. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { noticesText } from '../../scripts/notices.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const notices = readFileSync(path.join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');

interface Package {
  readonly name: string;
  readonly version: string;
}

/** Packages of which an entry point takes something, by the bundler that takes them. */
async function bundled(entry: string): Promise<Package[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    splitting: true,
    platform: entry.startsWith('webview') ? 'browser' : 'node',
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { SPIKEWISE_VERSION: '"0"' },
    external: ['vscode'],
    // As in the build.
    alias: Object.fromEntries(
      ['backend-webgl', 'converter', 'data'].map((part) => [
        `@tensorflow/tfjs-${part}`,
        './scripts/left-out.mjs',
      ]),
    ),
  });
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0 && file.includes('node_modules/')),
  );
  const folders = files.map((file) => {
    const parts = file.split('/');
    const at = parts.lastIndexOf('node_modules') + 1;
    return parts.slice(0, at + (parts[at]!.startsWith('@') ? 2 : 1)).join('/');
  });
  return [...new Set(folders)].map(
    (folder) => JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Package,
  );
}

describe('the notices', () => {
  it.each(['src/worker/main.ts', 'src/extension/main.ts', 'webview/panel.tsx', 'webview/model-view.tsx'])(
    'name every package in %s',
    async (entry) => {
      const packages = await bundled(entry);
      expect(packages.length).toBeGreaterThan(0);
      for (const { name, version } of packages) expect(notices).toContain(`\n${name} ${version} (`);
    },
    30_000,
  );

  it('have the texts that must go with a copy', () => {
    for (const words of [
      // Compiled into h5wasm.
      'Copyright 2006 by The HDF Group',
      'Neither the name of The HDF Group',
      'TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION',
      'Copyright 2008 Google Inc.',
      'XNNPACK',
    ]) {
      expect(notices).toContain(words);
    }
    expect(notices).toMatch(
      /\nuplot [\d.]+ \(MIT\)\n=+\n\nThe MIT License \(MIT\)\n\nCopyright \(c\) 2\d+ Leon Sorokin/,
    );
  });

  it('cannot be written for a package whose licence nobody has', () => {
    // A package without a file of its own, and none beside it that has the text.
    expect(() => noticesText(['node_modules/seedrandom'])).toThrow('has no licence file');
    expect(noticesText(['node_modules/fflate'])).toContain('Arjun Barrett');
  });

  it('are among what is packed', () => {
    const lines = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['!dist/THIRD-PARTY-NOTICES.txt', '!LICENSE']));
  });
});
