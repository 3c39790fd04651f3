/** What the view of a model computes before it draws. */
import { describe, expect, it } from 'vitest';
import { histogram } from '../../src/core/inspect/histogram.ts';
import type { LayerSummary, ModelSummary } from '../../src/core/inspect/types.ts';
import {
  histogramPicture,
  histogramTable,
  histogramWords,
  sparkPicture,
} from '../../webview/model/histogram-picture.ts';
import { findLayers, modelTable, pickEntry } from '../../webview/model/model-layers.ts';
import {
  initialModelUi,
  initialModelView,
  modelAnnouncement,
  receiveModel,
  restoreModelUi,
} from '../../webview/model/model-view-state.ts';
import type { Palette } from '../../webview/model/picture.ts';

const palette = Object.fromEntries(
  ['blue', 'orange', 'green', 'purple', 'red', 'yellow', 'foreground', 'background', 'muted', 'grid'].map(
    (name) => [name, `#${name}`],
  ),
) as unknown as Palette;

function layer(name: string, change: Partial<LayerSummary> = {}): LayerSummary {
  return {
    name,
    kind: 'Dense',
    runsAs: 'analog',
    reasons: ['It stays analog.'],
    input: [3],
    output: [2],
    parameters: 8,
    activations: [{ of: 'activation', name: 'softmax', spiking: null }],
    populations: [],
    tensors: [{ name: 'kernel', shape: [3, 2], weights: null }],
    ...change,
  };
}

const layers = [
  layer('input', { kind: 'InputLayer', runsAs: 'nothing', tensors: [], activations: [], parameters: 0 }),
  layer('rows', {
    kind: 'LSTM',
    runsAs: 'spiking',
    populations: [{ name: 'i', neurons: 4 }],
    reasons: ['Its gates are clipped.'],
  }),
  layer('out'),
];
const summary: ModelSummary = {
  ...{
    schemaVersion: 1,
    name: 'm',
    format: 'made up',
    file: '/m',
    bytes: 1,
    parameters: 16,
    inputShape: [3],
  },
  ...{ specification: { file: null, note: null }, assumptions: [], findings: [], layers },
};

describe('a search', () => {
  const found = (words: string) => findLayers(layers, words).map(({ index }) => index);

  it('finds layers by name, kind, what they become and why, every word of it', () => {
    expect(found('')).toEqual([0, 1, 2]);
    expect(found('LSTM')).toEqual([1]);
    expect(found('spiking rows')).toEqual([1]);
    expect(found('softmax analog')).toEqual([2]);
    expect(found('stays dense')).toEqual([2]);
    expect(found('[3, 2]')).toEqual([]);
    expect(found('absent')).toEqual([]);
  });

  it('keeps the chosen layer, else takes the first with weights', () => {
    const entries = findLayers(layers, '');
    expect(pickEntry(entries, 'out')?.index).toBe(2);
    expect(pickEntry(entries, 'gone')?.index).toBe(1);
    expect(pickEntry(entries.slice(0, 1), null)?.index).toBe(0);
    expect(pickEntry([], 'out')).toBeUndefined();
  });

  it('is exported as it is found', () => {
    const { columns, rows } = modelTable(findLayers(layers, 'rows'));
    expect(rows).toEqual([
      ['rows', 'LSTM', '[3]', '[2]', 8, 'softmax', 'spiking, 4 neurons', 'Its gates are clipped.'],
    ]);
    expect(columns).toHaveLength(rows[0]!.length);
  });
});

describe('a picture of weights', () => {
  const weights = histogram(Float32Array.of(-1, -0.5, 0, 0, 0, 1));

  it('has a bar for every bin with weights, the fullest as tall as the picture', () => {
    const { shapes, width, height } = histogramPicture(weights, 400, palette);
    const bars = shapes.filter((shape) => shape.kind === 'rect');
    expect(bars).toHaveLength(weights.bins.filter((count) => count > 0).length);
    expect(Math.max(...bars.map((bar) => bar.height))).toBe(88);
    for (const bar of bars) {
      expect(bar.x).toBeGreaterThanOrEqual(0);
      expect(bar.x + bar.width).toBeLessThanOrEqual(width);
      expect(bar.y + bar.height).toBeLessThanOrEqual(height);
    }
    const words = shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
    expect(words).toEqual(['3 weights', '0', '-1', '1']);
  });

  it('does not write the 0 over an end', () => {
    const { shapes } = histogramPicture(histogram(Float32Array.of(-0.01, 1)), 400, palette);
    expect(shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []))).toEqual([
      '1 weight',
      '-0.01',
      '1',
    ]);
  });

  it('stays within its size where all weights are equal', () => {
    const equal = histogram(new Float32Array(9).fill(0.5));
    const { shapes } = sparkPicture(equal, palette);
    expect(shapes.filter(({ kind }) => kind === 'rect')).toEqual([
      expect.objectContaining({ x: 0, y: 0, width: 79.5, height: 17 }),
    ]);
    expect(histogramTable(equal).rows).toEqual([[0.5, 0.5, 9]]);
  });

  it('has a table with the same numbers', () => {
    const { rows } = histogramTable(weights);
    expect(rows).toHaveLength(40);
    expect(rows[0]).toEqual([-1, -0.95, 1]);
    expect(rows.at(-1)?.[1]).toBe(1);
    expect(histogramWords(weights)).toBe(
      '6 weights from -1 to 1; mean -0.08333, standard deviation 0.6067; 3 are 0',
    );
  });
});

describe('the state of the view', () => {
  it('follows the messages', () => {
    const weights = histogram(Float32Array.of(1, 2));
    let view = initialModelView;
    expect(modelAnnouncement(view)).toBe('Reading the model');
    view = receiveModel(view, { type: 'model', summary, counted: false, offer: null });
    expect(modelAnnouncement(view)).toBe('3 layers, 16 parameters; counting weights');
    view = receiveModel(view, { type: 'weights', counted: { layer: 1, tensor: 'kernel', weights } });
    expect(view.summary?.layers[1]?.tensors[0]?.weights).toEqual(weights);
    expect(receiveModel(view, { type: 'select', layer: 2 })).toBe(view);
    view = receiveModel(view, { type: 'model', summary, counted: true, offer: null });
    expect(modelAnnouncement(view)).toBe('3 layers, 16 parameters');
    view = receiveModel(view, { type: 'failed', message: 'it is damaged', code: null, offer: null });
    expect(view.summary).toBeNull();
    expect(modelAnnouncement(view)).toBe('The model cannot be shown: it is damaged');
  });

  it('restores what the user chose, of any version', () => {
    expect(restoreModelUi({ search: 'lstm', layer: 'out', asTable: true })).toEqual({
      ...{ search: 'lstm', layer: 'out', asTable: true },
    });
    for (const stored of [undefined, null, 3, {}, { search: 3, layer: {}, asTable: 'no' }]) {
      expect(restoreModelUi(stored)).toEqual(initialModelUi);
    }
  });
});
