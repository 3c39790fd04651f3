/** ONNX files that are graphs: against PyTorch, against graphs computed by hand, and what is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { readOnnx } from '../../src/core/formats/onnx/onnx.ts';
import { foldNetwork } from '../../src/core/network/fold.ts';
import { withOutput } from '../../src/core/network/graph.ts';
import type { Network } from '../../src/core/network/types.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { analogGraphOutputs, samplesOf, type Arrays } from '../support/graph-outputs.ts';
import { largestDifference, modelBytes } from '../support/models.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const readFile = async (name: string): Promise<Network> =>
  readOnnx(bytesSource('/model/m.onnx', await modelBytes(`onnx/${name}`)), memoryFolder(new Map()));

interface Computed {
  readonly inputs: Arrays;
  readonly outputs: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const computed = JSON.parse(new TextDecoder().decode(await modelBytes('onnx-graphs.json'))) as Readonly<
  Record<string, Computed>
>;

describe('files give what PyTorch computed', () => {
  it.each([
    'graph-parallel',
    'graph-parallel-dynamo',
    'graph-two-inputs',
    'graph-two-inputs-dynamo',
    'graph-two-inputs-open',
    'graph-residual',
    'graph-residual-dynamo',
    'graph-residual-open',
    'graph-heads',
    'graph-heads-dynamo',
    'graph-images',
    'graph-images-dynamo',
    'graph-whole-and-last',
    'graph-whole-and-last-dynamo',
    'graph-pooled',
    'graph-pooled-dynamo',
    'both-ends-last-step',
    'bidirectional',
  ])('%s', async (name) => {
    const network = await readFile(`${name}.onnx`);
    const { inputs, outputs } = computed[name.replace(/^graph-|-(?:dynamo|open)$/g, '')]!;
    const names = Object.keys(outputs);
    expect(network.outputs?.map((output) => output.name) ?? names).toEqual(names);
    expect(network.inputs?.map((input) => input.name) ?? Object.keys(inputs)).toEqual(Object.keys(inputs));
    for (const [output, rows] of Object.entries(outputs)) {
      const own = analogGraphOutputs(network, inputs, names.length > 1 ? output : undefined);
      rows.forEach((row, n) => {
        expect(own[n]).toHaveLength(row.length);
        row.forEach((value, k) => {
          expect(Math.abs(own[n]![k]! - value)).toBeLessThan(1e-5);
        });
      });
    }
  });
});

describe('tfjs computes the same', () => {
  beforeAll(startTfjsFromNodeModules);

  it.each(['parallel', 'two-inputs', 'residual', 'heads', 'images', 'whole-and-last', 'pooled'])(
    '%s',
    async (name) => {
      const network = await readFile(`graph-${name}.onnx`);
      const { inputs, outputs } = computed[name]!;
      const { samples, read } = samplesOf(network, inputs);
      for (const [output, rows] of Object.entries(outputs)) {
        const chosen = foldNetwork(withOutput(network, network.outputs && output)!);
        const activations = declaredActivations(network.activations);
        const analog = createAnalogNetwork(chosen, { activations, cellClip: null });
        const values = await analog.predict(samples, read, () => undefined);
        analog.dispose();
        expect(largestDifference(values, rows.flat())).toBeLessThan(1e-5);
      }
    },
  );
});

describe('files that are not converted', () => {
  it.each([
    ['attention', 'Mul', 'of the shapes [4, 5, 1] and [4, 5, 4]'],
    [
      'started',
      'GRU',
      'it starts from a state that another layer or an input of the model gives (initial_h)',
    ],
  ])('%s', async (name, className, words) => {
    const { layers } = await readFile(`graph-${name}.onnx`);
    const refused = layers.filter((layer) => layer.kind === 'Unsupported');
    expect(refused).toMatchObject([{ className }]);
    expect(refused[0]!.reason).toContain(words);
  });

  it.each([
    ['product', '(MatMul), which reads what several layers give'],
    ['both-ends', "has a bidirectional layer 'lstm (forward)' of which one part"],
  ])('%s', async (name, words) => {
    const fault = await faultOf(() => readFile(`graph-${name}.onnx`));
    expect(fault.code).toBe('model-unreadable');
    expect(fault.fault).toContain(words);
  });
});
