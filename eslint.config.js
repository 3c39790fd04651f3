import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Packages that stay behind one folder each. */
const homes = { 'src/worker/tfjs': '@tensorflow/*', 'webview/ui': '@vscode/webview-ui-toolkit' };

/** Of later entries only the last that fits a file counts, so a folder's own entry allows its package alone. */
function imports(files, allowed) {
  const patterns = Object.entries(homes)
    .filter(([folder]) => folder !== allowed)
    .map(([folder, name]) => ({ group: [name], message: `${folder} alone imports it.` }));
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

export default defineConfig(
  {
    ignores: [
      'dist/',
      '.vscode-test/',
      'src/core/simulate/kernel/assembly/',
      'src/core/formats/onnx/proto/*_pb.ts',
      'spikewise-out/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Index access is checked by noUncheckedIndexedAccess; in numeric loops over typed arrays the index is in range by construction.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  imports(['src/**/*.ts', 'webview/**/*.{ts,tsx}']),
  Object.keys(homes).map((folder) => imports([`${folder}/**`], folder)),
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'setTimeout',
          'clearTimeout',
          'performance',
          'require',
          'module',
          'exports',
          '__dirname',
          'fetch',
          'AbortController',
          'document',
          'window',
          'WebAssembly',
          'SharedArrayBuffer',
          'Atomics',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
