/** How much a network in training holds of one sample. */
import type { SampleShape } from '../check/inputs.ts';
import { shapesGiven } from '../check/sizes.ts';
import { countValues, shapesOf } from '../network/sample-shapes.ts';
import { isConv } from '../network/shapes.ts';
import type { Network } from '../network/types.ts';

/** Values of all layers together: of a recurrent layer at every sequence step, of a convolution those under its windows. */
export function valuesHeld(network: Network, shape: SampleShape): number {
  return shapesOf(network, shapesGiven(network, shape)).reduce((sum, { read, output }, index) => {
    const layer = network.layers[index]!;
    const values = countValues(output);
    if (isConv(layer)) return sum + (values / layer.units) * layer.inputSize;
    const gates = layer.kind === 'LSTM' ? 4 : layer.kind === 'GRU' ? 3 : 1;
    const steps = 'returnSequences' in layer && !layer.returnSequences ? (read[0]?.[0] ?? 1) : 1;
    return sum + values * gates * steps;
  }, 1);
}
