/** The built panel's view of single neurons: what it asks for, its pictures, its keys, its exports. */
import axe from 'axe-core';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { neuronDetail, samplePopulation, type Look } from '../../src/core/detail/look.ts';
import { formatCorrelation, formatValue } from '../../src/core/report/detail.ts';
import { formatError } from '../../src/core/report/format.ts';
import type { DetailAnswer, DetailQuestion } from '../../src/protocol/detail.ts';
import { answerDetails, madeUpAnswers, madeUpLook } from './details.ts';
import { panelTests } from './harness.ts';
import type { Panel } from './page.ts';
import { madeUpReport } from './report.ts';
import type { themes } from './themes.ts';

declare global {
  var axe: typeof import('axe-core');
}

const report = madeUpReport();
let look: Look;
let answer: (question: DetailQuestion) => DetailAnswer;
let panel: Panel;
const { reopen, show, button, tab, saved } = panelTests((opened) => {
  panel = opened;
});

beforeAll(async () => {
  look = await madeUpLook(report.options.samples);
  answer = madeUpAnswers(look, report.options);
});

const map = (): Locator => panel.page.locator('.heat-map');
const readOuts = (): Locator => panel.page.locator('.read-out');
const sample = (): Locator => panel.page.getByLabel('Sample, 0 to 1,499');
const slider = (name: string): Locator => panel.page.getByRole('slider', { name, exact: false });

async function open(): Promise<void> {
  await answerDetails(panel, answer);
  await show(report);
  await tab('Neurons').click();
  await map().waitFor();
}

async function openSample(n: number): Promise<void> {
  await open();
  await sample().fill(String(n));
  await panel.page.locator('.scrubber').waitFor();
}

async function questions(): Promise<DetailQuestion[]> {
  const posted = await panel.posted();
  return posted.flatMap((message) => (message.type === 'detail' ? [message.question] : []));
}

async function choose(label: string, option: string): Promise<void> {
  await panel.page.getByRole('combobox', { name: label, exact: true }).click();
  await panel.page.getByRole('option', { name: option, exact: true }).click();
}

describe('questions', () => {
  test('are asked when the tab is opened, each once', async () => {
    await answerDetails(panel, answer);
    await show(report);
    expect(await questions()).toEqual([]);
    await tab('Neurons').click();
    await map().waitFor();
    const kinds = (await questions()).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['flips', 'population', 'run']);
    await tab('Layers').click();
    await tab('Neurons').click();
    await map().waitFor();
    expect(await questions()).toHaveLength(kinds.length);
  });

  test('of a row that was selected among the layers are of its population', async () => {
    await answerDetails(panel, answer);
    await show(report);
    await panel.page
      .getByRole('row', { name: /o, output gate/ })
      .first()
      .click();
    await tab('Neurons').click();
    await map().waitFor();
    expect(await questions()).toContainEqual({
      kind: 'population',
      layer: 'lstm',
      population: 'o',
      sample: null,
    });
  });

  test('that are refused say why, and are asked again', async () => {
    let broken = true;
    await answerDetails(panel, (question) => {
      if (broken) throw new Error('x.npy: is no longer there');
      return answer(question);
    });
    await show(report);
    await tab('Neurons').click();
    await panel.page.getByText('x.npy: is no longer there').first().waitFor();
    broken = false;
    await button('Try again').first().click();
    await map().waitFor();
    expect(await panel.page.getByText('no longer there').count()).toBe(0);
  });

  test('tell of a specification that has changed since the run', async () => {
    const { options } = report;
    await answerDetails(panel, (question) =>
      question.kind === 'run'
        ? { kind: 'run', options: { ...options, cellClip: 2 }, samples: 1500 }
        : answer(question),
    );
    await show(report);
    await tab('Neurons').click();
    await panel.page.getByText('have changed since this run').waitFor();
  });

  test('show how far the worker is', async () => {
    await show(report);
    await tab('Neurons').click();
    await panel.page.getByText('Loading the networks').first().waitFor();
    await panel.send({
      type: 'detail',
      message: { type: 'progress', fraction: 0.5, message: '24 of 48 samples looked at' },
    });
    await panel.page.getByText('24 of 48 samples looked at').first().waitFor();
  });
});

describe('the heat map', () => {
  test('is one tab stop; arrow keys, Page keys, Home and End move its cursor', async () => {
    await openSample(3);
    const { error, values, neurons } = samplePopulation(look, { layer: 'lstm', population: 'i', sample: 3 });
    await map().focus();
    for (const [key, neuron, step] of [
      ['ArrowRight', 0, 1],
      ['ArrowDown', 1, 1],
      ['PageDown', 11, 1],
      ['End', 11, 27],
      ['ArrowRight', 11, 27],
      ['ArrowLeft', 11, 26],
      ['Control+End', 63, 26],
      ['PageUp', 53, 26],
      ['Home', 53, 0],
      ['Control+Home', 0, 0],
      ['ArrowUp', 0, 0],
      ['PageDown', 10, 0],
    ] as const) {
      await panel.page.keyboard.press(key);
      const i = step * neurons + neuron;
      expect(await readOuts().first().textContent()).toBe(
        `Neuron ${neuron}, sequence step ${step + 1}: squared error ${formatError(error[i]!)}, firing rate ` +
          `${samplePopulation(look, { layer: 'lstm', population: 'i', sample: 3 }).rate![i]!.toFixed(4)}, ` +
          `analog ${formatValue(values!.analog[i]!)}, spiking ${formatValue(values!.spiking[i]!)}`,
      );
    }
    await panel.page.waitForFunction(
      () => (globalThis.standin.state as { ui?: { cursor?: { neuron: number } } }).ui?.cursor?.neuron === 10,
    );
  });

  test('has a colour for every cell, and reads the one that is pointed at', async () => {
    await openSample(3);
    const { error, steps, neurons } = samplePopulation(look, { layer: 'lstm', population: 'i', sample: 3 });
    const largest = error.indexOf(error.reduce((a, b) => Math.max(a, b), 0));
    const [step, neuron] = [Math.floor(largest / neurons), largest % neurons];
    // The plot is between the axes: see heat-picture.ts.
    const { width } = (await map().locator('canvas').first().boundingBox())!;
    const [left, top, wide, tall] = [44, 24, width - 44 - 84, 360];
    const x = left + ((step + 0.5) / steps) * wide;
    const y = top + ((neuron + 0.5) / neurons) * tall;
    const colour = await map()
      .locator('canvas')
      .first()
      .evaluate(
        (canvas, at) => {
          const context = (canvas as HTMLCanvasElement).getContext('2d')!;
          return [...context.getImageData(at.x, at.y, 1, 1).data];
        },
        { x: Math.round(x), y: Math.round(y) },
      );
    expect(colour).toEqual([0xfd, 0xe7, 0x25, 255]);
    await map().hover({ position: { x, y } });
    await panel.page.getByText(`Neuron ${neuron}, sequence step ${step + 1}: squared error`).waitFor();
    await map().click({ position: { x, y } });
    await panel.page.getByText(`Neuron ${neuron} over time: lstm, i, input gate, sample 3`).waitFor();
    expect(await slider('Sequence step').inputValue()).toBe(String(step + 1));
  });

  test('shows rates, and of one sample the values of both networks', async () => {
    await open();
    await choose('Colour', 'firing rate');
    await panel.page.getByText('Firing rate of each neuron: lstm, i, input gate').waitFor();
    await sample().fill('5');
    await choose('Colour', 'spiking value');
    await panel.page.getByText('Spiking value of each neuron: lstm, i, input gate').waitFor();
    expect(await panel.state()).toMatchObject({ ui: { heat: 'spiking', sample: 5 } });
  });
});

describe('one neuron over time', () => {
  test('follows the cursor, and moves it by its sliders', async () => {
    await openSample(3);
    await map().focus();
    await panel.page.keyboard.press('PageDown');
    await panel.page.getByText('Neuron 10 over time').waitFor();
    await slider('Sequence step').focus();
    await panel.page.keyboard.press('ArrowRight');
    await slider('Time-step').focus();
    await panel.page.keyboard.press('End');
    const { trace, spiking } = neuronDetail(look, { layer: 'lstm', population: 'i', sample: 3, neuron: 10 });
    const words = await readOuts().last().textContent();
    expect(words).toContain(
      `Step 2, time-step 8: input ${formatValue(trace.input[15]!)}, potential ${formatValue(trace.potential[15]!)}`,
    );
    const net = trace.spikes.subarray(8, 16).reduce((a, b) => a + b, 0);
    expect(words).toContain(`its window counts ${net} of 8: ${formatValue(spiking[1]!)}`);
    expect(await readOuts().first().textContent()).toContain('Neuron 10, sequence step 2:');
  });

  test('is offered for one sample, and not for what has no membrane', async () => {
    await open();
    await button('Show sample 0').click();
    await panel.page.getByText('Neuron 0 over time: lstm, i, input gate, sample 0').waitFor();
    await choose('Population', 'layer output');
    await panel.page.getByText('choose a population of spiking neurons').waitFor();
    await panel.page.getByText('there is no distribution of firing rates').waitFor();
  });

  test('keeps its place over a reload of the window', async () => {
    await openSample(3);
    await map().focus();
    await panel.page.keyboard.press('PageDown');
    await panel.page.keyboard.press('End');
    await panel.page.waitForFunction(
      () => (globalThis.standin.state as { ui?: { cursor?: { step: number } } }).ui?.cursor?.step === 27,
    );
    await reopen({ state: await panel.state() });
    await answerDetails(panel, answer);
    await show(report);
    await panel.page.getByText('Neuron 10 over time: lstm, i, input gate, sample 3').waitFor();
    expect(await slider('Sequence step').inputValue()).toBe('28');
  });
});

test('the step of the cursor is that of the charts over sequence steps', async () => {
  await open();
  await map().focus();
  await panel.page.keyboard.press('End');
  await tab('Error').click();
  await panel.page.locator('.legend').getByText('step 28', { exact: true }).waitFor();
  await panel.page.locator('.plot').focus();
  await panel.page.keyboard.press('ArrowLeft');
  await tab('Neurons').click();
  await panel.page.getByText('Neuron 0, sequence step 27: mean squared error').waitFor();
});

test('the scatter says how analog values and firing rates correlate', async () => {
  await openSample(3);
  const { scatter } = samplePopulation(look, { layer: 'lstm', population: 'i', sample: 3 });
  await panel.page
    .getByText(`Correlation ${formatCorrelation(scatter.correlation)} over 1,792 pairs`)
    .first()
    .waitFor();
});

test.each([300, 1600])('at %i px nothing is wider than the page', async (width) => {
  await reopen({ width });
  await openSample(343);
  const cut = await panel.page.evaluate((page) => {
    const wide = [...document.querySelectorAll('#view-neurons *')].filter(
      (element) =>
        element.getBoundingClientRect().right > page && element.closest('.grid-scroll > *') === null,
    );
    return wide.map((element) => element.outerHTML.slice(0, 80));
  }, width);
  expect(cut).toEqual([]);
});

test('a flipped answer leads to its sample', async () => {
  await open();
  const grid = panel.page.getByRole('grid', { name: 'Answers that flip' });
  await panel.page.getByText('10 of 48 samples get another answer').waitFor();
  expect(await grid.getByRole('row').count()).toBe(11);
  await grid.getByRole('row').nth(1).getByRole('gridcell').first().focus();
  await panel.page.keyboard.press('Enter');
  expect(await sample().inputValue()).toBe('343');
  await panel.page.getByText('sample 343').first().waitFor();
});

describe('exports', () => {
  const titles = [
    ['Squared error of each neuron: lstm, i, input gate', 'mnist-rows-error-lstm-i-sample-3', 28, 65],
    [
      'Analog values against firing rates: lstm, i, input gate',
      'mnist-rows-scatter-lstm-i-sample-3',
      1792,
      5,
    ],
    ['Distribution of firing rates: lstm, i, input gate', 'mnist-rows-rates-lstm-i-sample-3', 64, 4],
    ['Neuron 0 over time: lstm, i, input gate, sample 3', 'mnist-rows-neuron-lstm-i-0-sample-3', 224, 6],
  ] as const;

  test.each(titles)('%s', async (title, name, rows, columns) => {
    await openSample(3);
    const csv = await saved(() => button(`Export CSV: ${title}`).click());
    expect(csv.name).toBe(`${name}.csv`);
    const lines = String(csv.content).trimEnd().split('\r\n');
    expect(lines).toHaveLength(rows + 1);
    for (const line of lines) expect(line.split(',')).toHaveLength(columns);
    const svg = await saved(() => button(`Export SVG: ${title}`).click());
    expect(svg.name).toBe(`${name}.svg`);
    const drawn = await panel.page.evaluate((content) => {
      const parsed = new DOMParser().parseFromString(content, 'image/svg+xml');
      return { root: parsed.documentElement.nodeName, shapes: parsed.documentElement.children.length };
    }, svg.content as string);
    expect(drawn.root).toBe('svg');
    expect(drawn.shapes).toBeGreaterThan(10);
    const png = await saved(() => button(`Export PNG: ${title}`).click());
    expect((png.content as number[]).slice(0, 4)).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  test('every picture has a table behind it', async () => {
    await openSample(3);
    const boxes = panel.page.locator('#view-neurons').getByRole('checkbox', { name: 'Show as table' });
    expect(await boxes.count()).toBe(4);
    for (const box of await boxes.all()) await box.click();
    const tables = panel.page.locator('#view-neurons .number-table table');
    expect(await tables.count()).toBe(4);
    // Around the cursor: 28 steps by 12 neurons, of the trace the windows that a page shows.
    expect(await tables.first().locator('tbody tr').count()).toBe(28);
    expect(await tables.first().locator('th').count()).toBe(13);
    expect(await tables.last().locator('tbody tr').count()).toBe(160);
  });
});

test.each(['dark', 'light', 'high-contrast', 'high-contrast-light'] as (keyof typeof themes)[])(
  'has nothing that axe objects to: %s',
  async (theme) => {
    await reopen({ theme });
    await openSample(343);
    await panel.page.evaluate(axe.source);
    const { violations } = await panel.page.evaluate(() => globalThis.axe.run('#view-neurons'));
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))])).toEqual([]);
  },
);
