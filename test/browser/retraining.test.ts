/** The built panel's tab of a retraining: its states, its curves as they grow, and what is asked of the host. */
import axe from 'axe-core';
import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { networksTable } from '../../src/core/report/finetune-words.ts';
import type { AnalysisRequest } from '../../src/protocol/analyses.ts';
import { analysis, analysisState } from './analyses.ts';
import { panelTests } from './harness.ts';
import type { Panel } from './page.ts';
import { madeUpReport } from './report.ts';
import { madeUpFinetuning, madeUpProgress, madeUpUnfinished } from './retraining.ts';
import { themes } from './themes.ts';

let panel: Panel;
const { reopen, show, button, tab, saved } = panelTests((opened) => {
  panel = opened;
});

const view = (): Locator => panel.page.locator('#view-finetune');
const running = (fraction: number) =>
  analysisState('finetune', {
    kind: 'running',
    progress: { stage: 'simulate', fraction, message: 'Epoch 2 of 4: loss 0.0492' },
  });

async function requests(): Promise<AnalysisRequest[]> {
  return (await panel.posted()).flatMap((message) => (message.type === 'analysis' ? [message.request] : []));
}

async function open(): Promise<void> {
  await show(madeUpReport());
  await tab('Retrain').click();
}

async function train(done: number): Promise<void> {
  await panel.send(running(done / 4));
  await panel.send(analysis({ type: 'finetune', retraining: madeUpProgress(done) }));
  await view().locator('figure .drawing').waitFor();
}

async function finish(): Promise<void> {
  await open();
  await panel.send(analysis({ type: 'finetune', retraining: madeUpFinetuning() }));
  await panel.send(analysisState('finetune', { kind: 'done' }));
  await button('Convert the new model').waitFor();
}

describe('a retraining', () => {
  test('is asked for, and once at a time', async () => {
    await open();
    await button('Retrain…').click();
    await train(0);
    await button('Retrain…').click({ force: true });
    expect(await requests()).toEqual([{ type: 'startFinetune' }]);
  });

  test('draws its curves as they grow', async () => {
    await open();
    await train(0);
    const curve = async () => {
      const paths = await view()
        .locator('.drawing path')
        .evaluateAll((all) => all.map((path) => path.getAttribute('d')!.split('L').length));
      return Math.max(...paths);
    };
    await train(0.5);
    const before = await curve();
    await view().getByText('After 0 of 4 epochs of 280 steps').waitFor();
    await train(2.5);
    await view().getByText('After 2 of 4 epochs of 280 steps').waitFor();
    expect(await curve()).toBeGreaterThan(4 * before);
    expect(await view().getByText('Written:').count()).toBe(0);
    const bar = view().getByRole('progressbar', { name: 'Retraining' });
    expect(await bar.getAttribute('aria-valuetext')).toContain('Epoch 2 of 4');
  });

  test('is stopped with what it has, or cancelled', async () => {
    await open();
    await panel.send(running(0));
    await button('Stop and keep the best epoch so far').click({ force: true });
    expect(await requests()).toEqual([]);
    await train(1.5);
    await button('Stop and keep the best epoch so far').focus();
    await panel.page.keyboard.press('Enter');
    await button('Cancel the retraining').click();
    expect(await requests()).toEqual([{ type: 'stopFinetune' }, { type: 'cancel', name: 'finetune' }]);
    await panel.send(analysisState('finetune', { kind: 'cancelled' }));
    await view().getByText('The retraining was cancelled.').first().waitFor();
    // What was seen stays in sight.
    expect(await view().locator('figure .drawing').count()).toBe(1);
    expect(await view().getByText('Stop and keep').count()).toBe(0);
  });

  test('that was interrupted is offered', async () => {
    await open();
    await panel.send(analysis({ type: 'unfinished', unfinished: madeUpUnfinished }));
    await view().getByText('the best epoch so far, 3 of 8, is a whole model in').waitFor();
    await button('Use it: epoch 3 becomes the new model').click();
    await button('Delete it: epoch 3 of the interrupted retraining').click();
    expect(await requests()).toEqual([{ type: 'useUnfinished' }, { type: 'discardUnfinished' }]);
    await panel.send(analysis({ type: 'unfinished', unfinished: null }));
    await panel.page.waitForFunction(() => !document.body.innerText.includes('was interrupted'));
  });

  test('that failed says why', async () => {
    await open();
    const message = 'training diverged in epoch 1: the loss is no longer a number';
    await panel.send(analysisState('finetune', { kind: 'failed', message }));
    await view().locator('.notice-error', { hasText: message }).waitFor();
  });

  test('that has ended leads to the new model and to both', async () => {
    await finish();
    const rows = await view()
      .locator('.number-table tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText)));
    expect(rows).toEqual(networksTable(madeUpFinetuning()).rows);
    await view().getByText('Written: /models/mnist-rows/mnist-rows-retrained/model.json').waitFor();
    await button('Convert the new model').click();
    await button('Compare with the old').click();
    await view().getByText('How to read this').click();
    expect(await requests()).toEqual([
      { type: 'convertRetrained' },
      { type: 'compareRetrained' },
      { type: 'openPage', name: 'finetune' },
    ]);
  });

  test('that was stopped says so', async () => {
    await open();
    const stopped = 'training was stopped after epoch 2 of 4';
    await panel.send(analysis({ type: 'finetune', retraining: { ...madeUpFinetuning(), stopped } }));
    await view().locator('.notice', { hasText: 'Training was stopped after epoch 2 of 4.' }).waitFor();
  });

  test('is read by keys, and has a table behind it', async () => {
    await finish();
    await view().locator('.plot').focus();
    for (const key of ['ArrowRight', 'ArrowRight']) await panel.page.keyboard.press(key);
    await view().locator('.read-out').getByText('After epoch 1: loss').waitFor();
    const figure = view().locator('figure');
    await figure.getByRole('checkbox', { name: 'Show as table' }).click();
    expect(await figure.locator('tbody tr').count()).toBe(280 + 5);
    expect(await figure.locator('tbody tr').last().innerText()).toContain('98.40 %');
    // Kept over a reload.
    expect(await panel.state()).toMatchObject({ ui: { tab: 'finetune', trainingAsTable: true } });
  });

  test('hides a curve', async () => {
    await finish();
    const paths = () => view().locator('.drawing path').count();
    const before = await paths();
    await view().getByRole('button', { name: 'validation accuracy' }).click();
    expect(await paths()).toBe(before - 6);
  });

  test('is exported as SVG, PNG and CSV', async () => {
    await finish();
    const title = 'Loss and accuracy over epochs';
    const svg = await saved(() => button(`Export SVG: ${title}`).click());
    expect(svg.name).toBe('mnist-rows-training.svg');
    for (const words of ['training loss, mean of 4 steps', 'validation accuracy', 'Epoch', title]) {
      expect(String(svg.content)).toContain(words);
    }
    const png = await saved(() => button(`Export PNG: ${title}`).click());
    expect((png.content as number[]).slice(0, 4)).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const csv = await saved(() => button(`Export CSV: ${title}`).click());
    expect(String(csv.content).trimEnd().split('\r\n')).toHaveLength(1 + 280 + 5);
    const networks = await saved(() => button('Export CSV: Before and after').click());
    expect(networks.name).toBe('mnist-rows-retraining.csv');
  });
});

test.each(Object.keys(themes) as (keyof typeof themes)[])(
  'has nothing that axe objects to, and no colour of its own: %s',
  async (theme) => {
    await reopen({ theme });
    await open();
    await train(2.5);
    await panel.send(analysis({ type: 'unfinished', unfinished: madeUpUnfinished }));
    const check = async () => {
      await panel.page.evaluate(axe.source);
      const { violations } = await panel.page.evaluate(() =>
        globalThis.axe.run('vscode-panel-view:not([hidden])'),
      );
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))])).toEqual(
        [],
      );
    };
    await check();
    await panel.send(analysis({ type: 'finetune', retraining: madeUpFinetuning() }));
    await panel.send(analysisState('finetune', { kind: 'done' }));
    await view().getByText('A retraining was interrupted').waitFor();
    await check();
    const drawn = await view()
      .locator('.drawing path')
      .evaluateAll((all) => all.map((path) => path.getAttribute('stroke')!.toLowerCase()));
    const chart = await panel.page.evaluate(() => {
      const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      return ['blue', 'orange', 'green'].map((name) => {
        for (const colour of ['background', name]) {
          context.fillStyle = getComputedStyle(document.body).getPropertyValue(`--chart-${colour}`).trim();
          context.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
        return `#${[red!, green!, blue!].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      });
    });
    for (const colour of chart) expect(drawn).toContain(colour);
  },
);
