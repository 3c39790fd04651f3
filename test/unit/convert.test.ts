/** What each layer becomes, and what a person is told about it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { convert, isConvertible, layersToMeasure } from '../../src/core/convert/convert.ts';
import { applyEdits, positionOf } from '../../src/core/convert/positions.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import type { ConversionOptions } from '../../src/core/convert/types.ts';
import type { Finding } from '../../src/core/findings/types.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import type { Layer, Network } from '../../src/core/network/types.ts';
import { folderOf } from '../../src/node/files.ts';
import {
  activation,
  chain,
  dense,
  hardActivations,
  lstm,
  passing,
  randomSource,
} from '../support/networks.ts';

const random = randomSource(4);

function options(change: Partial<ConversionOptions> = {}): ConversionOptions {
  return {
    timesteps: 8,
    coding: 'residual',
    arithmetic: 'float',
    activations: hardActivations,
    ...change,
  };
}

function findingsOf(layer: Layer, change: Partial<ConversionOptions> = {}, ranges = {}): readonly Finding[] {
  return convert(chain([3], layer), options(change), ranges).findings;
}

/** [code, severity, layer] of each. */
function briefly(findings: readonly Finding[]) {
  return findings.map(({ code, severity, layer }) => [code, severity, layer]);
}

async function example(name: string) {
  const file = (part: string): string => {
    return fileURLToPath(new URL(`../../examples/${name}/${part}`, import.meta.url));
  };
  const model = readFileSync(file('model.json'), 'utf8');
  const specification = readFileSync(file(`${name}.spikewise.json`), 'utf8');
  const network = await readTfjsLayersModel(file('model.json'), model, folderOf(file('model.json')));
  return { network, model, specification };
}

/** The text that a finding's place marks in its file. */
function marked(text: string, { place }: Finding): string {
  const { offset, length } = positionOf(text, place.path);
  return text.slice(offset, offset + length);
}

describe('the example trained for conversion', async () => {
  const { network, model, specification } = await example('mnist-rows');
  const parsed = parseSpecification(specification, 'spec');

  it('has a spiking LSTM and an analog classifier', () => {
    const { layers, findings } = convert(network, parsed, {});
    expect(layers.map(({ runsAs }) => runsAs)).toEqual(['spiking', 'analog']);
    expect(layers[0]).toMatchObject({
      inputRange: 1,
      hiddenRange: 1,
      populations: [
        { name: 'i', neurons: 64, dual: false, pieces: [{ slope: 0.25 }] },
        { name: 'f', neurons: 64, dual: false },
        { name: 'c', neurons: 64, dual: true, pieces: [{ slope: 0.5, low: -1, high: 1 }] },
        { name: 'o', neurons: 64, dual: false },
      ],
    });
    expect(briefly(findings)).toEqual([['layer-analog', 'info', 'classifier']]);
    expect(isConvertible({ layers, findings })).toBe(true);
    expect(marked(model, findings[0]!)).toContain('"class_name":"Dense"');
  });

  it('fits the chip: no weight is clipped', () => {
    const { findings } = convert(network, { ...parsed, arithmetic: 'loihi' }, {});
    expect(briefly(findings)).toEqual([['layer-analog', 'info', 'classifier']]);
  });

  it('cannot be converted where its custom activations are not defined', () => {
    const without = applyEdits(specification, [{ path: ['activations'], value: undefined }]);
    const conversion = convert(network, parseSpecification(without, 'spec'), {});
    const [tanh, sigmoid] = conversion.findings as [Finding, Finding];
    expect(isConvertible(conversion)).toBe(false);
    expect(briefly(conversion.findings)).toEqual([
      ['activation-unknown', 'error', 'lstm'],
      ['activation-unknown', 'error', 'lstm'],
      ['layer-analog', 'info', 'classifier'],
      ['nothing-to-convert', 'error', null],
    ]);
    expect(tanh.message).toContain('"hard_tanh_half"');
    expect([marked(model, tanh), marked(model, sigmoid)]).toEqual([
      '"hard_tanh_half"',
      '"hard_sigmoid_quarter"',
    ]);
    // The second fix of the one, the first of the other: what the example's own specification says.
    const edits = [...tanh.fixes[1]!.edits, ...sigmoid.fixes[0]!.edits];
    const fixed = parseSpecification(applyEdits(without, edits), 'spec');
    expect(fixed.activations).toEqual(parsed.activations);
    expect(isConvertible(convert(network, fixed, {}))).toBe(true);
  });
});

describe('the example trained the ordinary way', async () => {
  const { network, model, specification } = await example('mnist-rows-plain');

  it('is fitted: a few neurons compute each value, and the finding says what that costs', () => {
    const parsed = parseSpecification(specification, 'spec');
    const conversion = convert(network, parsed, {});
    expect(isConvertible(conversion)).toBe(true);
    expect(briefly(conversion.findings)).toEqual([
      ['activation-fitted', 'info', 'lstm'],
      ['layer-analog', 'info', 'classifier'],
    ]);
    const [fitted] = conversion.findings as [Finding];
    expect(marked(model, fitted)).toBe('"sigmoid"');
    expect(fitted.message).toContain('has sigmoid and tanh, which no neuron computes exactly: 2 neurons');
    expect(fitted.fixes.map(({ edits }) => edits)).toEqual([
      [{ path: ['neuronsPerGate'], value: 1 }],
      [{ path: ['neuronsPerGate'], value: 3 }],
    ]);
    for (const { edits } of fitted.fixes) {
      const changed = parseSpecification(applyEdits(specification, edits), 'spec');
      const { layers } = convert(network, changed, {});
      expect(layers[0]).toMatchObject({
        populations: [{ values: 64, neurons: 64 * (edits[0]!.value as number) }, {}, { dual: true }, {}],
      });
    }
  });

  it('has the functions that a specification puts in their place, and the replacements are said', () => {
    const text = applyEdits(specification, [
      { path: ['activations', 'sigmoid'], value: hardActivations['hard_sigmoid_quarter'] },
      { path: ['activations', 'tanh'], value: hardActivations['hard_tanh_half'] },
    ]);
    const conversion = convert(network, parseSpecification(text, 'spec'), {});
    expect(conversion.layers[0]!.runsAs).toBe('spiking');
    expect(briefly(conversion.findings)).toEqual([
      ['activation-replaced', 'warning', 'lstm'],
      ['activation-replaced', 'warning', 'lstm'],
      ['layer-analog', 'info', 'classifier'],
    ]);
    const [first] = conversion.findings as [Finding];
    expect(first.place).toEqual({ file: 'specification', path: ['activations', 'sigmoid'] });
    expect(marked(text, first)).toContain('0.25');
  });

  it('has weights beyond the chip, counted', () => {
    const activations = {
      sigmoid: hardActivations['hard_sigmoid_quarter']!,
      tanh: hardActivations['hard_tanh_half']!,
    };
    const { findings } = convert(network, options({ activations, arithmetic: 'loihi' }), {});
    const clipped = findings.find(({ code }) => code === 'weights-clipped')!;
    const [layer] = network.layers;
    if (layer?.kind !== 'LSTM') throw new Error('not an LSTM');
    const weights = [...layer.kernel.values, ...layer.recurrentKernel.values].map(Math.abs);
    // 127.5 / 128 is the first that rounds to 256 of 256 units.
    const beyond = weights.filter((w) => w >= 127.5 / 128).length;
    expect(beyond).toBeGreaterThan(0);
    expect(clipped.message).toContain(`${beyond} of ${weights.length} weights of layer "lstm"`);
    expect(clipped.message).toContain(`(largest ${Math.max(...weights).toPrecision(4)})`);
    expect(clipped).toMatchObject({ severity: 'warning', layer: 'lstm' });
    expect(clipped.fixes.map(({ edits }) => edits)).toEqual([
      [{ path: ['rescaleWeights'], value: true }],
      [{ path: ['arithmetic'], value: 'float' }],
    ]);
  });
});

describe('an LSTM', () => {
  it('with names in camel case is the same as in snake case', () => {
    const layer = lstm(random, 3, 2, {
      activation: 'hardTanhHalf',
      recurrentActivation: 'hardSigmoidQuarter',
    });
    expect(findingsOf(layer)).toEqual([]);
    const activations = {
      hardTanhHalf: hardActivations['hard_tanh_half']!,
      hard_sigmoid_quarter: hardActivations['hard_sigmoid_quarter']!,
    };
    expect(findingsOf(lstm(random, 3, 2), { activations })).toEqual([]);
  });

  it('with built-in hard_sigmoid needs no definition', () => {
    const layer = lstm(random, 3, 2, { recurrentActivation: 'hard_sigmoid' });
    expect(findingsOf(layer)).toEqual([]);
  });

  it.each(['softplus', 'elu', 'gelu', 'swish', 'relu', 'linear'])('with %s spikes, as any other', (name) => {
    const layer = lstm(random, 3, 2, { recurrentActivation: 'hard_sigmoid_quarter', activation: name });
    const conversion = convert(chain([3], layer), options(), {});
    expect(isConvertible(conversion)).toBe(true);
    expect(conversion.findings.every(({ severity }) => severity === 'info')).toBe(true);
  });

  it('with softmax cannot spike, and nothing is put in its place', () => {
    const findings = findingsOf(lstm(random, 3, 2, { activation: 'softmax' }));
    expect(briefly(findings)).toEqual([
      ['activation-not-clipped-linear', 'error', 'lstm'],
      ['nothing-to-convert', 'error', null],
    ]);
    expect(findings[0]!.fixes).toEqual([]);
  });

  it('is the only kind of layer whose weights are clipped', () => {
    const layer = lstm(() => 0, 3, 2);
    layer.kernel.values.set([0.99, -0.9961, 0.9961, 3]);
    layer.recurrentKernel.values.set([-1]);
    const [finding] = findingsOf(layer, { arithmetic: 'loihi' }) as [Finding];
    // 0.9961 is 255 units: the nearest even number is beyond 254.
    expect(finding.message).toMatch(/^4 of 40 weights of layer "lstm" lie beyond .* \(largest 3\.000\)/);
    expect(findingsOf(layer)).toEqual([]);
    const wide = dense(random, 3, 2, 'relu');
    wide.kernel.values[0] = 9;
    expect(findingsOf(wide, { arithmetic: 'loihi' })).toEqual([]);
  });

  it('counts weights as the generator scales them', () => {
    const layer = lstm(() => 0, 2, 1, { name: 'second' });
    layer.kernel.values[0] = 0.6;
    const network = chain([2, 3], dense(random, 3, 2, 'relu', 'first'), layer);
    const at = (first: number) =>
      convert(network, options({ arithmetic: 'loihi' }), { first }).findings.map(({ code }) => code);
    expect(at(1.5)).not.toContain('weights-clipped');
    expect(at(2)).toContain('weights-clipped');
  });
});

describe('a Dense layer', () => {
  it('with ReLU takes its threshold from the data', () => {
    const layer = dense(random, 3, 2, 'relu');
    const conversion = convert(chain([3], layer), options(), { dense: 2.5 });
    expect(conversion.layers[0]).toMatchObject({
      runsAs: 'spiking',
      populations: [{ name: 'neurons', neurons: 2, dual: false, pieces: [{ slope: 1, low: 0, high: 2.5 }] }],
    });
    const [finding] = conversion.findings as [Finding];
    expect(finding.message).toBe(
      'Layer "dense" has a ReLU: its threshold is the highest activation over the sample data, 2.500.',
    );
    expect(finding.place).toEqual({ file: 'model', path: ['layers', 1, 'config', 'activation'] });
    const [percentile] = findingsOf(layer, { percentile: 99.9 }, { dense: 2 }) as [Finding];
    expect(percentile.message).toContain('99.9th percentile');
  });

  it('with a clipped-linear activation spikes without data', () => {
    const conversion = convert(chain([3], dense(random, 3, 2, 'hard_tanh_half')), options(), {});
    expect(conversion.findings).toEqual([]);
    expect(conversion.layers[0]).toMatchObject({ runsAs: 'spiking', populations: [{ dual: true }] });
  });

  it('with a smooth activation that is replaced spikes, and says so', () => {
    const activations = { sigmoid: hardActivations['hard_sigmoid_quarter']! };
    const [finding, ...more] = findingsOf(dense(random, 3, 2, 'sigmoid'), { activations }) as [Finding];
    expect(finding).toMatchObject({ code: 'activation-replaced', layer: 'dense', severity: 'warning' });
    expect(finding.message).toContain('its spiking neurons compute');
    expect(more).toEqual([]);
  });

  it.each(['linear', 'softmax', 'tanh', 'swish'])('with %s stays analog', (name) => {
    const findings = findingsOf(dense(random, 3, 2, name));
    expect(briefly(findings)).toEqual([
      ['layer-analog', 'info', 'dense'],
      ['nothing-to-convert', 'error', null],
    ]);
    expect(findings[0]!.message).toContain(`"${name}"`);
  });
});

describe('other layers', () => {
  it('that are not supported are listed with the reason', () => {
    const gru: Layer = {
      kind: 'Unsupported',
      name: 'gru_1',
      path: ['layers', 7],
      className: 'GRU',
      reason: 'of the recurrent layers only LSTM is converted',
    };
    const { layers, findings } = convert(chain([2, 3], lstm(random, 3, 2), gru), options(), {});
    expect(layers.map(({ runsAs }) => runsAs)).toEqual(['spiking', 'unsupported']);
    expect(findings).toEqual([
      {
        code: 'layer-unsupported',
        severity: 'error',
        layer: 'gru_1',
        message: 'Layer "gru_1" (GRU) is not supported: of the recurrent layers only LSTM is converted.',
        place: { file: 'model', path: ['layers', 7] },
        fixes: [],
      },
    ]);
  });

  it('that do nothing at inference are not talked about', () => {
    const layers = (['InputLayer', 'Dropout', 'Flatten'] as const).map((kind) => passing(kind));
    const conversion = convert(chain([2, 3], ...layers, dense(random, 6, 2, 'relu')), options(), {
      dense: 2.5,
    });
    expect(conversion.layers.map(({ runsAs }) => runsAs)).toEqual([
      'nothing',
      'nothing',
      'nothing',
      'spiking',
    ]);
    expect(briefly(conversion.findings)).toEqual([['threshold-from-data', 'info', 'dense']]);
  });

  it('have a threshold from the data only where there were data', () => {
    const network = chain([6], dense(random, 6, 2, 'relu'));
    expect(convert(network, options(), {}).findings).toEqual([]);
    expect(convert(network, options(), { dense: 2.5 }).findings[0]!.message).toContain(
      'its threshold is the highest activation over the sample data, 2.500',
    );
  });

  it('that are activations of their own stay analog', () => {
    const network = chain([3], dense(random, 3, 2, 'hard_sigmoid'), activation('relu', 'act'));
    expect(briefly(convert(network, options(), {}).findings)).toEqual([['layer-analog', 'info', 'act']]);
    const unknown = chain([3], dense(random, 3, 2, 'hard_sigmoid'), activation('mine', 'act'));
    expect(briefly(convert(unknown, options(), {}).findings)[0]).toEqual([
      'activation-unknown',
      'error',
      'act',
    ]);
  });
});

describe('ranges', () => {
  it('are measured where nothing else bounds a layer', () => {
    const network: Network = chain(
      [2, 3],
      lstm(random, 3, 2, { returnSequences: true }),
      dense(random, 2, 2, 'relu', 'a'),
      dense(random, 2, 2, 'hard_tanh_half', 'b'),
      dense(random, 2, 2, 'linear', 'c'),
      activation('tanh', 'd'),
      activation('elu', 'e'),
      dense(random, 2, 2, 'softmax', 'f'),
    );
    expect(layersToMeasure(network, options())).toEqual(['a', 'c', 'e']);
  });

  it('scale the next layer that spikes, through layers that do nothing', () => {
    const network = chain(
      [3],
      dense(random, 3, 3, 'relu', 'a'),
      passing('Dropout'),
      dense(random, 3, 3, 'relu6', 'b'),
      dense(random, 3, 3, 'linear', 'c'),
      dense(random, 3, 3, 'relu', 'd'),
      dense(random, 3, 3, 'hard_sigmoid', 'e'),
    );
    const { layers } = convert(network, options(), { a: 2, c: 9, d: 4 });
    const ranges = layers.flatMap((layer) => (layer.runsAs === 'spiking' ? [layer.inputRange] : []));
    // a: the inputs; b: of a; c: of b; d: of c; e: of d.
    expect(ranges).toEqual([1, 2, 6, 9, 4]);
  });

  it('of an LSTM with activations beyond 1 scale its hidden state and what follows', () => {
    const activations = {
      ...hardActivations,
      wide: { slope: 1, offset: 0, low: -3, high: 3 },
      tanh: { slope: 0.5, offset: 0, low: -1.5, high: 1.5 },
    };
    const rangesOf = (name: string) => {
      const network = chain([2, 3], lstm(random, 3, 2, { activation: name }), dense(random, 2, 2, 'relu'));
      const { layers } = convert(network, options({ activations }), {});
      return layers.map((layer) => layer.runsAs === 'spiking' && layer);
    };
    expect(rangesOf('wide')).toMatchObject([{ inputRange: 1, hiddenRange: 3 }, { inputRange: 3 }]);
    expect(rangesOf('hard_tanh_half')).toMatchObject([{ inputRange: 1, hiddenRange: 1 }, { inputRange: 1 }]);
    // The gates may reach beyond the function that they replace.
    expect(rangesOf('tanh')).toMatchObject([{ inputRange: 1, hiddenRange: 1.5 }, { inputRange: 1.5 }]);
  });
});
