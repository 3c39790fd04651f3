/** Compiles the AssemblyScript kernel into dist/: `buildKernel()`, or run directly. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const assembly = 'src/core/simulate/kernel/assembly';

/**
 * The stub runtime never frees and `abort` is unused, so that a module imports nothing.
 * @param {string} source path from the repository's root
 * @param {string} target path from the repository's root
 */
async function compile(source, target) {
  /** @type {Map<string, string | Uint8Array>} */
  const written = new Map();
  const { error, stderr } = await asc.main(
    [
      source,
      '-o',
      target,
      '-O3',
      '--noAssert',
      '--converge',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--use',
      'abort=',
    ],
    {
      readFile: (name, base) => readFile(resolve(root, base, name), 'utf8').catch(() => null),
      writeFile: (name, contents) => void written.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${source}: ${error.message}\n${stderr.toString()}`);
  for (const [name, contents] of written) {
    await mkdir(dirname(resolve(root, name)), { recursive: true });
    // Tests that run at the same time may build at the same time: never show half a file.
    const unfinished = resolve(root, `${name}.${process.pid}`);
    await writeFile(unfinished, contents);
    await rename(unfinished, resolve(root, name));
  }
}

async function isNewer(target, sources) {
  const times = await Promise.all(
    [target, ...sources].map((name) =>
      stat(resolve(root, name)).then(
        (s) => s.mtimeMs,
        () => NaN,
      ),
    ),
  );
  return sources.every((_, i) => times[0] >= times[i + 1]);
}

/** Builds dist/kernel.wasm unless it is newer than its sources; returns its path. */
export async function buildKernel({ force = false } = {}) {
  return build('kernel', force);
}

/** Builds dist/ceiling.wasm, which only the benchmark needs; returns its path. */
export async function buildCeiling({ force = false } = {}) {
  return build('ceiling', force);
}

async function build(name, force) {
  const source = `${assembly}/${name}.ts`;
  const target = `dist/${name}.wasm`;
  if (force || !(await isNewer(target, [source, 'scripts/build-kernel.mjs']))) await compile(source, target);
  return resolve(root, target);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(await buildKernel({ force: true }));
}
