/** The pictures of single neurons, and what their view keeps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NeuronDetail, PopulationDetail } from '../../src/core/detail/types.ts';
import { activityPicture, rateBins } from '../../webview/model/activity-picture.ts';
import { niceTicks } from '../../webview/model/axis.ts';
import {
  heatColour,
  heatOf,
  heatPosition,
  heatTable,
  heatValue,
  heatWindow,
  moveOnHeat,
  pooled,
} from '../../webview/model/heat.ts';
import { heatFrame, heatPicture, heatPixels } from '../../webview/model/heat-picture.ts';
import { chooseNeurons, hasChanged, populationsOf } from '../../webview/model/neuron-choice.ts';
import { framed, relativeLuminance, toSvg, type Path, type Picture } from '../../webview/model/picture.ts';
import { pairTable, scatterPicture, scatterTable } from '../../webview/model/scatter-picture.ts';
import { traceCursor, tracePicture } from '../../webview/model/trace-picture.ts';
import { shownWindows, traceTable, traceWords } from '../../webview/model/trace-table.ts';
import { initialUi, restoreUi } from '../../webview/model/ui-state.ts';
import { madeUpReport } from '../browser/report.ts';

const palette = {
  ...{
    blue: '#3794ff',
    orange: '#d18616',
    green: '#89d185',
    purple: '#b180d7',
    red: '#f14c4c',
    yellow: '#cca700',
  },
  ...{ foreground: '#cccccc', background: '#1e1e1e', muted: '#999999', grid: '#404040' },
};
const bright = { ...palette, background: '#ffffff' };

/** Any population of one sample, of a gate. */
function populationOf(steps: number, neurons: number, seed = 1): PopulationDetail {
  const number = (i: number) => Math.abs(Math.sin(seed + 12.9898 * i)) % 1;
  const analog = Float32Array.from({ length: steps * neurons }, (_, i) => number(i));
  const spiking = analog.map((value) => Math.round(8 * value) / 8);
  const counts = new Uint32Array(65 * 65);
  analog.forEach((x, i) => (counts[Math.round(64 * spiking[i]!) * 65 + Math.round(64 * x)]! += 1));
  return {
    ...{ layer: 'lstm', population: 'i', sample: 3, samples: 1, steps, neurons },
    error: analog.map((value, i) => (value - spiking[i]!) ** 2),
    rate: spiking,
    values: { analog, spiking },
    scatter: {
      ...{ pairs: analog.length, correlation: 0.9, low: 0, high: 1, cells: 65, counts, beyond: 0 },
      decoding: { base: 0, span: 1, dual: false },
    },
    activity: {
      rate: Float32Array.from({ length: neurons }, (_, k) => number(k)),
      atBound: new Float32Array(neurons),
    },
  };
}

const sizes = fc.record({
  steps: fc.integer({ min: 1, max: 60 }),
  neurons: fc.integer({ min: 1, max: 60 }),
});

function finite({ width, height, shapes }: Picture): void {
  const text = toSvg({ width, height, shapes }, 'title', 'sans-serif');
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
}

describe('the colours of a heat map', () => {
  it('grow evenly brighter on a dark ground, darker on a bright one', () => {
    for (const [ground, sign] of [
      [palette, 1],
      [bright, -1],
    ] as const) {
      const luminances = Array.from({ length: 33 }, (_, n) => relativeLuminance(heatColour(n / 32, ground)));
      luminances.slice(1).forEach((luminance, n) => {
        expect(sign * (luminance - luminances[n]!)).toBeGreaterThan(0);
      });
    }
  });

  it('stand for the values of the legend', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), (root, at) => {
        const scale = { low: -2, high: 3, root };
        expect(heatPosition(scale, heatValue(scale, at))).toBeCloseTo(at, 6);
      }),
    );
  });
});

describe('a heat map', () => {
  it('shows of several cells in one place the largest, so that none is overlooked', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        (size, wide, tall) => {
          const { error } = populationOf(size.steps, size.neurons);
          const { rows, columns, cells } = pooled({ values: error, ...size }, wide, tall);
          expect(rows).toBe(Math.min(size.neurons, tall));
          expect(columns).toBe(Math.min(size.steps, wide));
          expect(Math.max(...cells)).toBe(Math.max(...error));
          expect([...cells].every((value) => error.includes(value))).toBe(true);
          if (rows < size.neurons || columns < size.steps) return;
          error.forEach((value, i) => {
            expect(cells[(i % size.neurons) * columns + Math.floor(i / size.neurons)]).toBe(value);
          });
        },
      ),
    );
  });

  it('is exported with areas that cover the plot exactly once', () => {
    fc.assert(
      fc.property(sizes, ({ steps, neurons }) => {
        const heat = heatOf(populationOf(steps, neurons), 'error');
        const picture = heatPicture(heat, 900, palette);
        const frame = heatFrame(heat, 900, palette);
        const areas = picture.shapes.filter((shape): shape is Path => shape.kind === 'path');
        let covered = 0;
        for (const { d } of areas) {
          for (const [, run, height] of d.matchAll(/h([\d.]+)v([\d.]+)h-/g))
            covered += Number(run) * Number(height);
        }
        const [, , wide, tall] = frame.plot;
        expect(covered / (wide * tall)).toBeCloseTo(1, 1);
        finite(framed(picture, 'title', 'caption', palette));
      }),
      { numRuns: 30 },
    );
  });

  it('has the colours of the ends where its values are', () => {
    const detail = populationOf(10, 12);
    const heat = heatOf(detail, 'error');
    const { pixels, rows, columns } = heatPixels(heat, 100, 100, palette);
    expect([rows, columns]).toEqual([12, 10]);
    const largest = detail.error.indexOf(Math.max(...detail.error));
    const at = 4 * ((largest % 12) * columns + Math.floor(largest / 12));
    expect([...pixels.subarray(at, at + 4)]).toEqual([0xfd, 0xe7, 0x25, 255]);
  });

  it('has a cursor that stays on it', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'];
    const presses = fc.array(fc.tuple(fc.constantFrom(...keys), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, presses, (size, pressed) => {
        let place = { neuron: 0, step: 0 };
        for (const [key, ctrl] of pressed) {
          place = moveOnHeat(place, size, key, ctrl)!;
          expect(place.neuron >= 0 && place.neuron < size.neurons).toBe(true);
          expect(place.step >= 0 && place.step < size.steps).toBe(true);
        }
      }),
    );
    expect(moveOnHeat({ neuron: 0, step: 0 }, { steps: 2, neurons: 2 }, 'Tab', false)).toBeUndefined();
  });

  it('has a table around the cursor, and one of every cell', () => {
    const detail = populationOf(100, 30);
    const heat = heatOf(detail, 'analog');
    const window = heatWindow(heat, { neuron: 29, step: 50 });
    expect(window.columns).toHaveLength(13);
    expect(window.rows).toHaveLength(40);
    expect(window.rows[20]![0]).toBe(51);
    expect(window.rows[20]!.at(-1)).toBe(detail.values!.analog[50 * 30 + 29]);
    expect(heatTable(heat).rows.flatMap((row) => row.slice(1))).toEqual([...detail.values!.analog]);
  });
});

describe('scatter and distribution', () => {
  it('draw all pairs and neurons, and have them in their tables', () => {
    fc.assert(
      fc.property(sizes, ({ steps, neurons }) => {
        const detail = populationOf(steps, neurons);
        const { picture, ring } = scatterPicture(detail, 400, palette);
        finite({ ...picture, shapes: [...picture.shapes, ...ring({ neuron: 0, step: 0 })] });
        const { rows } = scatterTable(detail);
        expect(rows.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(steps * neurons);
        expect(pairTable(detail)!.rows).toHaveLength(steps * neurons);
        finite(activityPicture(detail.activity!, 'Neurons', 400, palette, 0));
        expect(rateBins(detail.activity!).reduce((a, b) => a + b, 0)).toBe(neurons);
      }),
      { numRuns: 30 },
    );
  });
});

describe('one neuron over time', () => {
  function neuronOf(steps: number, timesteps: number): NeuronDetail {
    const count = steps * timesteps;
    const potential = Float64Array.from({ length: count }, (_, t) => 5 * Math.sin(t));
    const spikes = Int8Array.from(potential, (v) => (v > 4 ? 1 : v < -4 ? -1 : 0));
    return {
      ...{ layer: 'lstm', population: 'c', sample: 3, neuron: 2, pieces: 1, steps, timesteps },
      trace: {
        ...{ potential, spikes, bias: 0.5, upper: 4, lower: -4, threshold: 4 },
        after: potential.map((v, t) => v - 4 * spikes[t]!),
        input: potential.map((v) => v / 2),
      },
      analog: new Float32Array(steps).fill(0.25),
      spiking: new Float32Array(steps).fill(0.5),
    };
  }

  it('shows whole windows, the one that is looked at among them', () => {
    const shapes = fc.record({
      steps: fc.integer({ min: 1, max: 800 }),
      timesteps: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(shapes, fc.nat(), fc.integer({ min: 100, max: 2000 }), (shape, at, width) => {
        const step = at % shape.steps;
        const [first, count] = shownWindows(shape, step, width);
        expect(first <= step && step < first + count).toBe(true);
        expect(first >= 0 && first + count <= shape.steps).toBe(true);
        expect(count === 1 || count * shape.timesteps <= 160).toBe(true);
        // A page is the same from each of its steps, but for the last, which is kept full.
        if (first % count === 0) expect(shownWindows(shape, first, width)).toEqual([first, count]);
      }),
    );
  });

  it('is drawn within its picture, at its ends as in between', () => {
    for (const [steps, timesteps] of [
      [1, 1],
      [3, 100],
      [784, 8],
    ] as const) {
      const detail = neuronOf(steps, timesteps);
      for (const place of [
        { step: 0, timestep: 0 },
        { step: steps - 1, timestep: timesteps - 1 },
      ]) {
        const ground = tracePicture(detail, place.step, 700, palette);
        const picture = {
          ...ground,
          shapes: [...ground.shapes, ...traceCursor(detail, place, 700, palette)],
        };
        finite(picture);
        for (const shape of picture.shapes) {
          if (shape.kind === 'line') expect(Math.max(shape.x1, shape.x2)).toBeLessThanOrEqual(picture.width);
        }
      }
      expect(traceTable(detail).rows).toHaveLength(steps * timesteps);
    }
  });

  it('says what happens at a time-step', () => {
    const detail = neuronOf(3, 4);
    const words = traceWords(detail, { step: 1, timestep: 1 });
    // 5 sin 5 = -4.795 is below -4.
    expect(words).toBe(
      'Step 2, time-step 2: input -2.397, potential -4.795, a negative spike, then -0.7946; ' +
        'its window counts -1 of 4: 0.5, analog 0.25',
    );
  });
});

it('ticks are round numbers within the axis, evenly spaced', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.integer({ min: 1, max: 12 }),
      (low, span, wanted) => {
        const high = low + span;
        fc.pre(high > low && span / Math.max(1, Math.abs(low)) > 1e-6);
        const ticks = niceTicks(low, high, wanted);
        expect(ticks.length).toBeLessThanOrEqual(2 * wanted + 2);
        for (const tick of ticks) expect(tick >= low - span * 1e-6 && tick <= high + span * 1e-6).toBe(true);
      },
    ),
  );
  expect(niceTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(niceTicks(0, 3, 5, 1)).toEqual([0, 1, 2, 3]);
  expect(niceTicks(-1, 1, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
});

describe('what is chosen', () => {
  const report = madeUpReport();

  it('is of the report, whatever was stored', () => {
    const chosen = chooseNeurons(report, { layer: 'lstm', population: 'f', sample: 7 });
    expect(chosen).toMatchObject({ layer: { name: 'lstm' }, population: 'f', sample: 7 });
    const other = chooseNeurons(report, { layer: 'gone', population: 'gone', sample: 1500 });
    expect(other).toMatchObject({ layer: { name: 'lstm' }, population: 'i', sample: null });
    expect(chooseNeurons(report, { layer: 'dense', population: 'f', sample: null })).toMatchObject({
      population: 'output',
    });
    expect(chooseNeurons({ ...report, layers: [] }, initialUi)).toBeNull();
    expect(populationsOf(report.layers[1]!)).toEqual(['generator', 'i', 'f', 'c', 'o', 'output']);
  });

  it('is kept over a reload, and nothing else that was stored', () => {
    const kept = { population: 'f', sample: 7, heat: 'rate', cursor: { neuron: 3, step: 4, timestep: 5 } };
    expect(restoreUi(kept)).toMatchObject(kept);
    const broken = { population: 3, sample: -1, heat: 'x', cursor: { neuron: 'a', step: 4, timestep: 5 } };
    expect(restoreUi(broken)).toEqual(initialUi);
  });

  it('is of other files where the run would be another today', () => {
    const { options } = report;
    expect(hasChanged(options, { ...options, watts: 5 })).toBe(false);
    expect(hasChanged(options, { ...options, percentile: 99 })).toBe(true);
    expect(hasChanged(options, { ...options, rescaleWeights: true })).toBe(true);
  });
});
