/** What may be chosen of a file of weights alone, and what becomes of the choice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredActivations, isKnown, resolveActivation } from '../../src/core/convert/activations.ts';
import { applyEdits } from '../../src/core/convert/positions.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { modelKind } from '../../src/core/formats/model-kind.ts';
import {
  layerEdits,
  offeredActivations,
  openLayers,
  type LayerOffer,
} from '../../src/core/formats/weights/layer-choices.ts';
import { offerLayers } from '../../src/core/formats/weights/layer-offer.ts';
import { planStateDict, type LayerChoice } from '../../src/core/formats/weights/state-dict.ts';
import { readWeightFile, type WeightFile } from '../../src/core/formats/weights/weight-files.ts';
import {
  activationOptions,
  initialForm,
  layersOf,
  parameterWords,
  stillOpen,
  withActivation,
} from '../../webview/model/layer-choices.ts';
import { modelBytes } from '../support/models.ts';
import { bytesSource } from './sources.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function fileOf(shapes: Shapes, ordered: boolean): WeightFile {
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, type: 'float32', read: () => Promise.resolve(new Float32Array(count)) }];
    }),
  );
  const dict = { tensors, ordered, size: 2 ** 20 };
  return { file: 'm.pt', format: 'PyTorch state_dict', dict, assumptions: [] };
}

const linear = (name: string, input: number, output: number): Shapes => ({
  [`${name}.weight`]: [output, input],
  [`${name}.bias`]: [output],
});
const lstm = (name: string, input: number, units: number): Shapes => ({
  [`${name}.weight_ih_l0`]: [4 * units, input],
  [`${name}.weight_hh_l0`]: [4 * units, units],
});

const open = { ...lstm('rnn', 3, 4), ...linear('fc1', 4, 6), ...linear('fc2', 6, 2) };
const several = { ...lstm('z', 4, 4), ...lstm('a', 4, 4), ...linear('head', 4, 2) };

function offerOf(shapes: Shapes, ordered = true, written: readonly LayerChoice[] | null = null): LayerOffer {
  const offer = offerLayers(fileOf(shapes, ordered), written);
  if (!offer) throw new Error('nothing is offered');
  return offer;
}

describe('what is offered', () => {
  it('says of a matrix that may be an embedding what it is offered as', () => {
    const either = { 'embedding.weight': [4, 4], ...lstm('rnn', 4, 4), ...linear('head', 4, 2) };
    const { chosen } = offerOf(either);
    expect(chosen.map(({ name, embedding }) => [name, embedding])).toEqual([
      ['embedding', false],
      ['rnn', undefined],
      ['head', undefined],
    ]);
  });

  it('lists the blocks with their parameters, and proposes what nn.LSTM and a last nn.Linear compute', () => {
    const offer = offerOf(open);
    expect(offer.orders).toEqual([['rnn', 'fc1', 'fc2']]);
    expect(offer.complete).toBe(true);
    expect(offer.blocks.map((block) => [block.name, block.className, parameterWords(block)])).toEqual([
      ['rnn', 'nn.LSTM', 'weight_ih_l0 [16, 3], weight_hh_l0 [16, 4]'],
      ['fc1', 'nn.Linear', 'weight [6, 4], bias [6]'],
      ['fc2', 'nn.Linear', 'weight [2, 6], bias [2]'],
    ]);
    expect(offer.chosen).toEqual([
      { name: 'rnn', activation: 'tanh', recurrentActivation: 'sigmoid' },
      { name: 'fc1' },
      { name: 'fc2', activation: 'linear' },
    ]);
    expect(openLayers(offer, offer.chosen)).toEqual(['fc1']);
  });

  it('proposes what nn.GRU and nn.RNN compute, and offers an nn.RNN both of its functions', () => {
    const shapes = {
      ...{ 'gru.weight_ih_l0': [12, 3], 'gru.weight_hh_l0': [12, 4] },
      ...{ 'rnn.weight_ih_l0': [5, 4], 'rnn.weight_hh_l0': [5, 5] },
      ...linear('head', 5, 2),
    };
    const offer = offerOf(shapes);
    expect(offer.blocks.map(({ className, roles }) => [className, roles])).toEqual([
      ['nn.GRU', ['gates', 'candidate']],
      ['nn.RNN', ['state']],
      ['nn.Linear', ['linear']],
    ]);
    expect(offer.chosen).toEqual([
      { name: 'gru', activation: 'tanh', recurrentActivation: 'sigmoid' },
      { name: 'rnn', activation: 'tanh' },
      { name: 'head', activation: 'linear' },
    ]);
    const form = withActivation(initialForm(offer), 'rnn', 'state', 'relu');
    expect(activationOptions(form, 'rnn', 'state').map(({ value }) => value)).toContain('relu');
    expect(layersOf(offer, form)[1]).toEqual({ name: 'rnn', activation: 'relu' });
    expect(activationOptions(form, 'gru', 'candidate')[0]).toEqual({
      value: 'tanh',
      text: "tanh: nn.GRU's own for its candidate",
    });
  });

  it("has every order that fits, the file's first where it has one", () => {
    expect(offerOf(several, true).orders).toEqual([
      ['z', 'a', 'head'],
      ['a', 'z', 'head'],
    ]);
    const many = Object.assign({}, ...Array.from({ length: 6 }, (_, i) => lstm(`l${i}`, 4, 4))) as Shapes;
    const offer = offerOf(many);
    expect(offer.orders[0]).toEqual(['l0', 'l1', 'l2', 'l3', 'l4', 'l5']);
    expect(offer.orders).toHaveLength(8);
    expect(offer.complete).toBe(false);
  });

  it('starts from what the specification says, also where it leaves layers out', () => {
    const written = [
      { name: 'a', activation: 'odd', returnSequences: false },
      { name: 'head', activation: 'relu' },
    ];
    const offer = offerOf(several, false, written);
    expect(offer.orders[0]).toEqual(['a', 'head']);
    expect(offer.chosen).toEqual([
      { name: 'a', activation: 'odd', recurrentActivation: 'sigmoid', returnSequences: false },
      { name: 'head', activation: 'relu' },
    ]);
    const form = initialForm(offer);
    expect(activationOptions(form, 'a', 'cell')[0]).toEqual({
      value: 'odd',
      text: 'odd: as the specification has it',
    });
    // One that does not fit the file is not in use.
    expect(offerOf(several, true, [{ name: 'head' }, { name: 'z' }]).orders[0]).toEqual(['z', 'a', 'head']);
  });

  it('is nothing where layers are not converted, fit in no order, or are damaged', () => {
    expect(offerLayers(fileOf({ ...lstm('a', 3, 4), ...linear('b', 5, 2) }, true), null)).toBeNull();
    expect(offerLayers(fileOf({ 'conv.weight': [3, 3, 3, 3], ...linear('b', 5, 2) }, true), null)).toBeNull();
    expect(offerLayers(fileOf({ 'a.weight_ih_l0': [16, 3] }, true), null)).toBeNull();
  });
});

describe('what is chosen', () => {
  it('is asked for where it is open, and only there', () => {
    const offer = offerOf(open);
    const form = initialForm(offer);
    expect(stillOpen(offer, form)).toBe('Choose what follows fc1 first.');
    const chosen = withActivation(form, 'fc1', 'linear', 'relu');
    expect(stillOpen(offer, chosen)).toBeNull();
    expect(withActivation(chosen, 'fc1', 'linear', '')).toEqual(chosen);
    expect(layersOf(offer, chosen).map(({ name, activation }) => [name, activation])).toEqual([
      ['rnn', 'tanh'],
      ['fc1', 'relu'],
      ['fc2', 'linear'],
    ]);
  });

  it('is known by every name that is offered, as the function that its words say', () => {
    const declared = declaredActivations(
      {},
      Object.fromEntries(offeredActivations.flatMap(({ name, clip }) => (clip ? [[name, clip]] : []))),
    );
    for (const { name } of offeredActivations.filter(({ name }) => !name.startsWith('hard'))) {
      expect(isKnown(resolveActivation(name)), name).toBe(true);
    }
    const gate = resolveActivation('hard_sigmoid_paper', declared);
    const cell = resolveActivation('hard_tanh_paper', declared);
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), (x) => {
        expect(gate.analog?.(x)).toBeCloseTo(Math.min(Math.max(x / 4 + 0.5, 0), 1), 12);
        expect(cell.analog?.(x)).toBeCloseTo(Math.min(Math.max(x / 2, -1), 1), 12);
      }),
    );
    for (const { spiking, replaced } of [gate, cell]) {
      expect(spiking).not.toBeNull();
      // The trained network has them too: nothing is put in the place of anything.
      expect(replaced).toBe(false);
    }
  });

  const before = JSON.stringify({ model: 'm.pt', data: { inputs: 'x.npy' } }, null, 2);

  it('makes a valid specification, with which the file is read as chosen', () => {
    const offers = [offerOf(open), offerOf(several, false)];
    fc.assert(
      fc.property(
        fc.constantFrom(...offers),
        fc.nat(),
        fc.infiniteStream(fc.nat()),
        (offer, order, picks) => {
          let form = { ...initialForm(offer), order: order % offer.orders.length };
          for (const { name, roles } of offer.blocks) {
            for (const role of roles) {
              const options = activationOptions(form, name, role).filter(({ value }) => value !== '');
              const pick = options[(picks.next().value as number) % options.length]!;
              form = withActivation(form, name, role, pick.value);
            }
          }
          const layers = layersOf(offer, form);
          expect(openLayers(offer, layers)).toEqual([]);
          const written = parseSpecification(applyEdits(before, layerEdits(layers)), 's.spikewise.json');
          expect(written.layers).toEqual(layers);
          const file = fileOf(offer === offers[0] ? open : several, false);
          const plan = planStateDict(file.dict, file.file, { file: 's', layers: written.layers! });
          expect(plan.blocks.map(({ block, activation }) => [block.name, activation])).toEqual(
            layers.map(({ name, activation }) => [name, activation]),
          );
          // Offered again, the same stands in the form.
          const again = offerLayers(file, written.layers!)!;
          expect(layersOf(again, initialForm(again))).toEqual(layers);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of a real file has the activations that were chosen', async () => {
    const model = await modelKind(
      bytesSource('state.safetensors', await modelBytes('pytorch/state.safetensors')),
    );
    if (model.kind !== 'weights') throw new Error(model.kind);
    const offer = offerLayers(model.opened, null)!;
    let form = withActivation(initialForm(offer), 'lstm', 'gates', 'hard_sigmoid_paper');
    form = withActivation(form, 'lstm', 'cell', 'hardtanh');
    const network = await readWeightFile(model.opened, { file: 's', layers: layersOf(offer, form) });
    expect(network.layers[0]).toMatchObject({
      recurrentActivation: 'hard_sigmoid_paper',
      activation: 'hardtanh',
    });
    expect(network.activations).toMatchObject({ hardtanh: { slope: 1, low: -1, high: 1 } });
  });
});
