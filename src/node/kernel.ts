/** Instantiates the WebAssembly kernel under Node. */
import { readFile } from 'node:fs/promises';
import type { Kernel } from '../core/simulate/kernel/types.ts';
import { createWasmKernel, type KernelExports } from '../core/simulate/kernel/wasm.ts';

/** The part of the global that is used here; @types/node leaves it to the DOM library. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ instance: { exports: unknown } }>;
};

/**
 * A kernel with a memory of its own.
 * @param wasmFile `kernel.wasm` as `scripts/build-kernel.mjs` makes it
 */
export async function loadKernel(wasmFile: URL | string): Promise<Kernel> {
  // The module imports nothing, so there is nothing to hand in.
  const { instance } = await WebAssembly.instantiate(await readFile(wasmFile));
  return createWasmKernel(instance.exports as KernelExports);
}
