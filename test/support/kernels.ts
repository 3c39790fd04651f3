/** Both kernels, for tests that must hold on each. */
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import type { Kernel } from '../../src/core/simulate/kernel/types.ts';
import { loadKernel } from '../../src/node/kernel.ts';
// @ts-expect-error A build script, without types.
import { buildKernel as untyped } from '../../scripts/build-kernel.mjs';

const buildKernel = untyped as () => Promise<string>;

export async function bothKernels(): Promise<{ readonly name: string; readonly kernel: Kernel }[]> {
  return [
    { name: 'twin', kernel: createTwinKernel() },
    { name: 'wasm', kernel: await wasmKernel() },
  ];
}

export async function wasmKernel(): Promise<Kernel> {
  return loadKernel(await buildKernel());
}
