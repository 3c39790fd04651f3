import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles the pages into dist/webview: panel.js and model-view.js, each with a style of the same name. Gives
 * their sizes in bytes.
 */
export async function buildWebview({ minify = false, plugins = [] } = {}) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['webview/panel.tsx', 'webview/model-view.tsx'],
    outdir: 'dist/webview',
    bundle: true,
    format: 'esm',
    // Chromium of the oldest editor, VS Code 1.100.
    target: 'chrome132',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify,
    sourcemap: minify ? false : 'linked',
    metafile: true,
    plugins,
    logLevel: 'warning',
  });
  return Object.fromEntries(Object.entries(metafile.outputs).map(([file, { bytes }]) => [file, bytes]));
}
