/** The built panel's tabs of an explanation and a sweep: states, keys, fixes, pictures and what is exported. */
import axe from 'axe-core';
import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/core/attribute/types.ts';
import { ladderTable, rungGatesTable } from '../../src/core/report/tables/explanation.ts';
import { leastWords, sweepTable } from '../../src/core/report/tables/sweep.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import type { AnalysisRequest } from '../../src/protocol/analyses.ts';
import { analysis, analysisState, madeUpExplanation, madeUpSweep } from './analyses.ts';
import { panelTests } from './harness.ts';
import type { Panel } from './page.ts';
import { fittedReport, madeUpReport } from './report.ts';
import type { themes } from './themes.ts';

let panel: Panel;
const { reopen, show, button, tab, saved } = panelTests((opened) => {
  panel = opened;
});

const progress = { stage: 'simulate', fraction: 0.4, message: '600 of 1,500 samples' } as const;
const view = (name: 'explain' | 'sweep'): Locator => panel.page.locator(`#view-${name}`);

async function requests(): Promise<AnalysisRequest[]> {
  return (await panel.posted()).flatMap((message) => (message.type === 'analysis' ? [message.request] : []));
}

async function explained(explanation: Explanation = madeUpExplanation(), earlier = false): Promise<void> {
  await show(madeUpReport());
  await tab('Explain').click();
  await panel.send(analysis({ type: 'explanation', explanation }));
  await panel.send(analysisState('explain', { kind: 'done' }, earlier));
  await view('explain').locator('.explanation').waitFor();
}

async function swept(sweep: Sweep = madeUpSweep()): Promise<void> {
  await show(madeUpReport());
  await tab('Sweep').click();
  await panel.send(analysis({ type: 'sweep', sweep }));
  await panel.send(analysisState('sweep', { kind: 'done' }));
  await view('sweep').locator('figure').waitFor();
}

async function choose(label: string, option: string): Promise<void> {
  await panel.page.getByRole('combobox', { name: label, exact: true }).click();
  await panel.page.getByRole('option', { name: option, exact: true }).click();
}

async function tableCells(title: string): Promise<string[][]> {
  const figure = panel.page.locator('figure', { hasText: title });
  await figure.getByRole('checkbox', { name: 'Show as table' }).click();
  await figure.locator('table').waitFor();
  return figure
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText)));
}

describe('an explanation', () => {
  test('is asked for, can be cancelled, and says how it ended', async () => {
    await show(madeUpReport());
    await tab('Explain').click();
    await button('Explain').click();
    expect(await requests()).toEqual([{ type: 'startExplain' }]);
    await panel.send(analysisState('explain', { kind: 'running', progress }));
    const bar = view('explain').getByRole('progressbar', { name: 'Explaining' });
    expect(await bar.getAttribute('aria-valuenow')).toBe('40');
    await button('Explain').click({ force: true });
    await button('Cancel the explanation').click();
    expect((await requests()).slice(1)).toEqual([{ type: 'cancel', name: 'explain' }]);
    await panel.send(analysisState('explain', { kind: 'cancelled' }));
    await view('explain').getByText('The explanation was cancelled.').first().waitFor();
    expect(await bar.count()).toBe(0);
    await panel.send(analysisState('explain', { kind: 'failed', message: 'digits.npy: is not there' }));
    await view('explain').locator('.notice-error', { hasText: 'digits.npy: is not there' }).waitFor();
  });

  test('stands in one paragraph, with what would help below it', async () => {
    const explanation = madeUpExplanation();
    await explained(explanation);
    expect(await view('explain').locator('.explanation').innerText()).toBe(explanation.summary);
    expect(await view('explain').locator('.cause').count()).toBe(2);
    expect(await view('explain').locator('.cause').first().innerText()).toContain(
      '+0.33 points of accuracy, output MSE −2.02e-4',
    );
    expect(await view('explain').locator('.notice').count()).toBe(0);
  });

  test('has its fixes applied by their place', async () => {
    await explained();
    await button('Apply and run again: Give neuron 17 of encoder/f the bias 0.98').click();
    await button('Apply and run again: Run 32 time-steps instead of 8').focus();
    await panel.page.keyboard.press('Enter');
    expect(await requests()).toEqual([
      { type: 'applyCause', index: 1 },
      { type: 'applyCause', index: 0 },
    ]);
  });

  test('of an earlier run says so and applies nothing', async () => {
    await explained(madeUpExplanation(), true);
    await view('explain').getByText('has changed or run again since this explanation').waitFor();
    await button('Apply and run again: Run 32 time-steps instead of 8').click({ force: true });
    expect(await requests()).toEqual([]);
  });

  test('of another run than the one shown says so', async () => {
    await explained(madeUpExplanation({ samples: 10 }));
    await view('explain').getByText('The run shown above had other options').waitFor();
  });

  test('without a cause or labels has a ladder all the same', async () => {
    await explained(madeUpExplanation({ causes: [], summary: 'Nothing helps.' }, false));
    await view('explain').getByText('None of the changes that were tried helps.').waitFor();
    const cells = await tableCells('From the trained to the spiking network');
    expect(cells.map((row) => row[2])).toEqual(Array(8).fill('–'));
  });

  test('has the numbers of the command line in its tables', async () => {
    const explanation = madeUpExplanation();
    await explained(explanation);
    const ladder = await tableCells('From the trained to the spiking network');
    expect(ladder.map((row) => row.slice(0, 7))).toEqual(ladderTable(explanation).rows);
    expect(await tableCells('Error of each gate at each rung')).toEqual(rungGatesTable(explanation).rows);
  });

  test('has lines over sequence steps of a rung, of a gate, of both', async () => {
    await explained();
    const legend = view('explain').locator('.legend-label');
    expect(await legend.allInnerTexts()).toHaveLength(6);
    await choose('Gate', 'c, candidate');
    await view('explain').getByRole('heading', { name: 'feedback, c, candidate' }).waitFor();
    expect(await legend.allInnerTexts()).toEqual(['c, candidate']);
    await choose('Rung', 'all');
    await panel.page.waitForFunction(() => document.querySelectorAll('.legend-label').length === 5);
    expect(await legend.allInnerTexts()).toEqual(['activations', 'inputs', 'counts', 'dynamics', 'feedback']);
    const csv = await saved(() =>
      button('Export CSV: Error over sequence steps: lstm, c, candidate').click(),
    );
    expect(csv.name).toBe('mnist-rows-rung-mse-lstm-all-c.csv');
    expect(String(csv.content).split('\r\n')[0]).toBe(
      'sequence step,"MSE, activations","MSE, inputs","MSE, counts","MSE, dynamics","MSE, feedback"',
    );
    // Kept over a reload.
    const state = (await panel.state()) as { ui: Record<string, unknown> };
    expect(state.ui).toMatchObject({ tab: 'explain', rung: null, rungPopulation: 'c' });
  });

  test('is brought to the front by the host', async () => {
    await show(madeUpReport());
    await panel.send({ type: 'select', tab: 'explain', about: null });
    await button('Explain').waitFor();
  });

  test('leads to its page', async () => {
    await explained();
    await view('explain').getByText('How to read this').click();
    expect(await requests()).toEqual([{ type: 'openPage', name: 'explain' }]);
  });
});

describe('a sweep', () => {
  const field = (): Locator => view('sweep').getByLabel('Time-steps', { exact: true });
  const start = (): Promise<void> => button('Start sweep').click();

  test('is of what the fields say', async () => {
    await show(madeUpReport());
    await tab('Sweep').click();
    await start();
    await field().fill('8, 2 4,4');
    await panel.page.getByRole('checkbox', { name: 'reset' }).click();
    await panel.page.getByRole('checkbox', { name: 'loihi' }).focus();
    await panel.page.keyboard.press('Space');
    await start();
    expect(await requests()).toEqual([
      { type: 'startSweep', choice: { codings: ['residual', 'reset'], arithmetics: ['float'] } },
      {
        type: 'startSweep',
        choice: { timesteps: [2, 4, 8], codings: ['residual'], arithmetics: ['float', 'loihi'] },
      },
    ]);
  });

  test('is not started with what is no number of time-steps', async () => {
    await show(madeUpReport());
    await tab('Sweep').click();
    await field().fill('2, 0');
    await panel.page.getByRole('alert').getByText('"0" is no number of time-steps').waitFor();
    expect(await field().getAttribute('aria-invalid')).toBe('true');
    await button('Start sweep').click({ force: true });
    await field().fill('2, 3');
    expect(await panel.page.getByRole('alert').count()).toBe(0);
    await panel.page.getByRole('checkbox', { name: 'float' }).click();
    await panel.page.getByText('Choose an arithmetic.').waitFor();
    expect(await requests()).toEqual([]);
  });

  test('shows its curves while it runs, and can be cancelled', async () => {
    await show(madeUpReport());
    await tab('Sweep').click();
    await panel.send(analysisState('sweep', { kind: 'running', progress }));
    const sweep = (samples: number) =>
      panel.send(analysis({ type: 'sweep', sweep: madeUpSweep({ samples }) }));
    await sweep(100);
    await view('sweep').getByText('So far, over up to 100 of 1,500 samples').first().waitFor();
    const shapes = () => view('sweep').locator('.drawing').innerHTML();
    const before = await shapes();
    await sweep(700);
    await view('sweep').getByText('So far, over up to 700 of 1,500 samples').first().waitFor();
    expect(await shapes()).not.toBe(before);
    expect(await view('sweep').getByText('Use T').count()).toBe(0);
    await button('Cancel the sweep').click();
    expect(await requests()).toEqual([{ type: 'cancel', name: 'sweep' }]);
    await panel.send(analysisState('sweep', { kind: 'cancelled' }));
    // What it has found stays in sight.
    await view('sweep').getByText('So far, over up to 700').first().waitFor();
  });

  test('offers the least T that meets the tolerance, unless the run has it', async () => {
    const sweep = madeUpSweep();
    await swept(sweep);
    await view('sweep').getByText(leastWords(sweep.least, sweep)).waitFor();
    const use = view('sweep').getByText('Use T = 4, and run again');
    await use.click();
    expect(await requests()).toEqual([{ type: 'applySweep' }]);
    const report = madeUpReport();
    await show({ ...report, options: { ...report.options, timesteps: 4 } });
    await panel.page.waitForFunction(() => !document.body.innerText.includes('Use T = 4'));
  });

  test('has the numbers of the command line in its table and under its cursor', async () => {
    const sweep = madeUpSweep({ timesteps: [2, 8, 32] });
    await swept(sweep);
    const printed = sweepTable(sweep, 'loihi1').rows;
    await view('sweep').locator('.plot').focus();
    await panel.page.keyboard.press('ArrowRight');
    const readOut = view('sweep').locator('.read-out');
    await readOut.getByText('T = 2:').waitFor();
    expect(await readOut.innerText()).toContain(`residual, float ${printed[0]![3]!}`);
    await choose('Curves', 'Energy per inference');
    await readOut.getByText(`residual, float ${printed[0]![8]!}`).waitFor();
    const cells = await tableCells('Energy per inference over time-steps');
    expect(cells.map((row) => [...row.slice(0, 3), row[6]!, row[9]!, row[10]!, row[11]!])).toEqual(
      printed.map((row) => [...row.slice(0, 3), row[4]!, row[5]!, row[6]!, row[7]!]),
    );
    for (const [index, row] of cells.entries()) {
      expect(printed[index]![3]).toBe(
        `${row[3]!} (${row[4]!.replace(' %', '')} – ${row[5]!.replace(' %', '')})`,
      );
    }
  });

  test('is exported as SVG, PNG and CSV with its legend and sources', async () => {
    await swept();
    const svg = await saved(() => button('Export SVG: Accuracy over time-steps').click());
    expect(svg.name).toBe('mnist-rows-sweep-accuracy.svg');
    const texts = await panel.page.evaluate((content) => {
      const parsed = new DOMParser().parseFromString(content, 'image/svg+xml');
      return [...parsed.querySelectorAll('text')].map(({ textContent }) => textContent);
    }, svg.content as string);
    expect(texts).toEqual(
      expect.arrayContaining(['residual, float', 'reset, float', 'trained network', '16', '256']),
    );
    expect(texts.join(' ')).toContain('Ponghiran and Roy');
    const png = await saved(() => button('Export PNG: Accuracy over time-steps').click());
    expect((png.content as number[]).slice(0, 4)).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const csv = await saved(() => button('Export CSV: Accuracy over time-steps').click());
    expect(String(csv.content).trimEnd().split('\r\n')).toHaveLength(1 + 24);
  });

  test('hides a curve, and fits its axis to the others', async () => {
    await swept();
    const ticks = () => view('sweep').locator('.drawing text').allTextContents();
    const count = () => view('sweep').locator('.drawing path').count();
    const [before, paths] = [await ticks(), await count()];
    await view('sweep').getByRole('button', { name: 'reset, float' }).click();
    expect(await ticks()).not.toEqual(before);
    expect(await count()).toBeLessThan(paths - 12);
  });
});

const comparison = () => madeUpSweep({ timesteps: [8], codings: ['residual'], neurons: [1, 2, 3, 4, 5] });

async function compared(sweep: Sweep = comparison()): Promise<void> {
  await show(fittedReport());
  await tab('Sweep').click();
  await panel.send(analysis({ type: 'sweep', sweep }));
  await panel.send(analysisState('sweep', { kind: 'done' }));
  await view('sweep').locator('.neurons-compared').waitFor();
}

describe('numbers of neurons', () => {
  const rows = () => view('sweep').locator('.neurons-compared tbody tr');

  test('are compared from the tab and from the finding, at the setting of the run', async () => {
    await show(fittedReport());
    await button('Compare numbers of neurons').first().click();
    await tab('Sweep').locator('xpath=self::*[@aria-selected="true"]').waitFor();
    await view('sweep').getByText('Compare numbers of neurons').click();
    const choice = { neuronsPerGate: [1, 2, 3, 4, 5] };
    expect(await requests()).toEqual([
      { type: 'startSweep', choice },
      { type: 'startSweep', choice },
    ]);
  });

  test('are swept with time-steps where the fields say so', async () => {
    await show(fittedReport());
    await tab('Sweep').click();
    const field = view('sweep').getByLabel('Neurons for each value', { exact: true });
    await field.fill('9');
    await panel.page.getByRole('alert').getByText('are no numbers of neurons').waitFor();
    await field.fill('auto, 2 1');
    await view('sweep').getByLabel('Time-steps', { exact: true }).fill('4, 8');
    await button('Start sweep').click();
    expect(await requests()).toEqual([
      {
        type: 'startSweep',
        choice: {
          timesteps: [4, 8],
          codings: ['residual', 'reset'],
          arithmetics: ['float'],
          neuronsPerGate: [1, 2, 'auto'],
        },
      },
    ]);
  });

  test('are not asked for where every neuron computes a value of its own', async () => {
    await swept();
    expect(await panel.page.getByText('Compare numbers of neurons').count()).toBe(0);
    expect(await view('sweep').getByLabel('Neurons for each value').count()).toBe(0);
    expect(await view('sweep').locator('.neurons-compared').count()).toBe(0);
  });

  test('stand side by side with the numbers of the command line, the run and the choice of auto marked', async () => {
    const sweep = comparison();
    await compared(sweep);
    const cells = await rows().evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('td')].slice(1).map((cell) => cell.innerText)),
    );
    expect(cells).toEqual(sweepTable(sweep, 'loihi1').rows.map((row) => row.slice(3)));
    expect(cells.map(([count]) => count)).toEqual(['1', '2 (auto)', '3', '4', '5']);
    // The run has what auto chooses.
    expect(await rows().nth(1).locator('.mark').innerText()).toBe('this run');
    expect(await rows().nth(1).getAttribute('aria-current')).toBe('true');
    expect(await view('sweep').locator('.mark').count()).toBe(1);
    // One number of time-steps has no course, but one over neurons.
    expect(await view('sweep').locator('figure h3').allInnerTexts()).toEqual(['Accuracy over neurons']);
  });

  test('are drawn over the neurons that they take, and read place by place', async () => {
    const sweep = comparison();
    await compared(sweep);
    const figure = view('sweep').locator('figure');
    expect(await figure.locator('figcaption').innerText()).toContain(
      'From the left K = 1, 2 (auto), 3, 4, 5.',
    );
    const ticks = await figure.locator('.drawing text').allTextContents();
    expect(ticks).toEqual(expect.arrayContaining(['256', '512', '768', '1,024', '1,280']));
    await figure.locator('.plot').focus();
    for (const key of ['ArrowRight', 'ArrowRight']) await panel.page.keyboard.press(key);
    const words = await figure.locator('.read-out').innerText();
    expect(words).toMatch(/^K = \d( \(auto\))?, [\d,]+ neurons: residual, float \d+\.\d\d %/);
    const csv = await saved(() => button('Export CSV: Accuracy over neurons').click());
    expect(csv.name).toBe('mnist-rows-neurons-accuracy.csv');
  });

  test.each([1100, 400, 320])(
    'show every number without scrolling sideways where there is little room: %d px',
    async (width) => {
      await compared();
      await panel.page.setViewportSize({ width, height: 900 });
      const region = view('sweep').locator('.neurons-compared');
      expect(await region.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
      const titles = sweepTable(comparison(), 'loihi1')
        .columns.slice(3)
        .map(({ title }) => title);
      const second = rows().nth(1).locator('td[data-title]');
      const shown = await second.evaluateAll((cells) =>
        cells.map((cell) => {
          const { left, right, height } = cell.getBoundingClientRect();
          const title = getComputedStyle(cell, '::before').content.replaceAll('"', '');
          return { title, isSeen: left >= 0 && right <= innerWidth && height > 0 };
        }),
      );
      expect(shown).toEqual(titles.map((title) => ({ title, isSeen: true })));
      // Whatever the layout, it is a table.
      expect(await region.getByRole('row').count()).toBe(5);
      expect(await region.getByRole('cell').count()).toBeGreaterThan(50);
      expect(await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    },
  );

  test('are taken with a button, by mouse and by key', async () => {
    await compared();
    await button('Use K = 3: 3 neurons for each value, and run again').click();
    await button('Use K = 1: 1 neuron for each value, and run again').focus();
    await panel.page.keyboard.press('Enter');
    expect(await requests()).toEqual([
      { type: 'applyNeurons', neuronsPerGate: 3 },
      { type: 'applyNeurons', neuronsPerGate: 1 },
    ]);
    await show(fittedReport(3));
    await rows().nth(2).locator('.mark').waitFor();
    await panel.send(analysisState('sweep', { kind: 'running', progress }));
    await button('Use K = 4: 4 neurons for each value, and run again').click({ force: true });
    expect(await requests()).toHaveLength(2);
  });

  test('have curves where several time-steps were swept, and are exported', async () => {
    await compared(madeUpSweep({ timesteps: [4, 8, 16], codings: ['residual'], neurons: [1, 2] }));
    await view('sweep').locator('figure').nth(1).waitFor();
    expect(await view('sweep').locator('.legend-label').allInnerTexts()).toEqual(
      expect.arrayContaining(['residual, float, K = 1', 'residual, float, K = 2 (auto)']),
    );
    expect(await rows().count()).toBe(2);
    const csv = await saved(() => button('Export CSV: Numbers of neurons side by side').click());
    expect(csv.name).toBe('mnist-rows-neurons.csv');
    const lines = String(csv.content).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + 2);
    expect(lines[0]).toMatch(/^arithmetic,coding,T,K,neurons,cores,accuracy,/);
    expect(lines[2]).toMatch(/^float,residual,8,2 \(auto\),512,6,/);
  });
});

test.each(['dark', 'light', 'high-contrast', 'high-contrast-light'] as (keyof typeof themes)[])(
  'have nothing that axe objects to: %s',
  async (theme) => {
    await reopen({ theme });
    for (const open of [explained, swept, compared]) {
      await open();
      await panel.page.evaluate(axe.source);
      const { violations } = await panel.page.evaluate(() =>
        globalThis.axe.run('vscode-panel-view:not([hidden])'),
      );
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))])).toEqual(
        [],
      );
    }
  },
);
