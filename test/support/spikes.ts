/** What spiking networks of the same model do, whichever file it was read from. */
import { paperHardSigmoid, paperHardTanh } from '../../src/core/convert/activations.ts';
import { convert } from '../../src/core/convert/convert.ts';
import type { Network } from '../../src/core/network/types.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import type { Kernel } from '../../src/core/simulate/kernel/types.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import type { Trace } from '../../src/core/simulate/types.ts';

/** With hard functions in the place of sigmoid and tanh: what every neuron of every layer gave, and what came out. */
export function spikesOf(network: Network, kernel: Kernel, samples: readonly Trace[]) {
  const options = {
    timesteps: 16,
    coding: 'residual',
    arithmetic: 'float',
    activations: { sigmoid: paperHardSigmoid, tanh: paperHardTanh },
  } as const;
  const { layers } = convert(network, options, {});
  const running = { ...options, cellClip: null, weightBits: 8 };
  const links = layers.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, running) }));
  const runs = samples.map((sample) => runChain(links, sample));
  return {
    spiking: layers.filter(({ runsAs }) => runsAs === 'spiking').length,
    counts: runs.flatMap((layersRun) => layersRun.flatMap(({ spikes: of }) => (of ? [...of.neurons] : []))),
    outputs: runs.map((layersRun) => [...layersRun.at(-1)!.output.values]),
  };
}
