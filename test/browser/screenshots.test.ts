/**
 * Pictures of the panel for people to look at, in dist/screenshots/: every tab, theme and some widths.
 * SCREENSHOTS=1 npx vitest run --project browser screenshots
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, test } from 'vitest';
import { analysis, analysisState, madeUpExplanation, madeUpSweep } from './analyses.ts';
import { withDetails } from './details.ts';
import { pageTests } from './harness.ts';
import { fittedReport, madeUpReport } from './report.ts';
import { madeUpFinetuning, madeUpProgress, madeUpUnfinished } from './retraining.ts';
import { themes } from './themes.ts';

const folder = fileURLToPath(new URL('../../dist/screenshots/', import.meta.url));
const tabs = ['layers', 'rates', 'errors', 'cores', 'energy', 'chips'];

describe.runIf(process.env['SCREENSHOTS'])('screenshots', () => {
  const open = pageTests();

  beforeAll(() => {
    fs.mkdirSync(folder, { recursive: true });
  });

  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    for (const width of [1000, 300, 1600]) {
      test(`${theme}, ${width} px`, { timeout: 60_000 }, async () => {
        const panel = await open('url', { width, theme });
        await panel.send({ type: 'report', report: madeUpReport() });
        for (const tab of tabs) {
          await panel.page.locator(`#tab-${tab}`).click();
          await panel.page.waitForTimeout(150);
          await panel.page.screenshot({ path: `${folder}${theme}-${width}-${tab}.png`, fullPage: true });
          const exports = panel.page.getByText('Export PNG');
          if ((await exports.count()) === 0) continue;
          const before = (await panel.posted()).length;
          await exports.click();
          await panel.page.waitForFunction((count) => globalThis.standin.posted.length > count, before);
          const content = await panel.page.evaluate(() => [
            ...(globalThis.standin.posted.at(-1) as { content: Uint8Array }).content,
          ]);
          fs.writeFileSync(`${folder}${theme}-${width}-${tab}-exported.png`, Uint8Array.from(content));
        }
        await panel.send({
          type: 'running',
          file: '/models/mnist-rows/model.json',
          progress: { stage: 'simulate', fraction: 0.4, message: '600 of 1,500 samples' },
        });
        await panel.page.waitForTimeout(100);
        await panel.page.screenshot({ path: `${folder}${theme}-${width}-running.png` });
        await panel.send({
          type: 'failed',
          message: 'model.json: the weights file is missing',
          findings: [],
        });
        await panel.page.waitForTimeout(100);
        await panel.page.screenshot({ path: `${folder}${theme}-${width}-failed.png` });
        await panel.page.close();
      });
    }
    for (const width of [1200, 420]) {
      test(`${theme}, ${width} px, neurons`, { timeout: 60_000 }, async () => {
        const panel = await open('url', { width, theme });
        const report = madeUpReport();
        await withDetails(panel, report);
        await panel.send({ type: 'report', report });
        await panel.page.locator('#tab-neurons').click();
        await panel.page.locator('.heat-map').waitFor();
        await panel.page.waitForTimeout(200);
        await panel.page.screenshot({ path: `${folder}${theme}-${width}-neurons.png`, fullPage: true });
        await panel.page.getByLabel('Sample, 0 to 1,499').fill('3');
        await panel.page.locator('.scrubber').waitFor();
        await panel.page.locator('.heat-map').focus();
        for (const key of ['PageDown', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'])
          await panel.page.keyboard.press(key);
        await panel.page.waitForTimeout(500);
        await panel.page.screenshot({ path: `${folder}${theme}-${width}-neuron.png`, fullPage: true });
        await panel.page.close();
      });
    }
    for (const width of [1100, 380]) {
      test(`${theme}, ${width} px, explain and sweep`, { timeout: 60_000 }, async () => {
        const panel = await open('url', { width, theme });
        await panel.send({ type: 'report', report: madeUpReport() });
        const shot = (name: string) =>
          panel.page.screenshot({ path: `${folder}${theme}-${width}-${name}.png`, fullPage: true });
        await panel.page.locator('#tab-explain').click();
        const progress = { stage: 'simulate', fraction: 0.4, message: '600 of 1,500 samples' } as const;
        await panel.send(analysisState('explain', { kind: 'running', progress }));
        await panel.page.locator('#view-explain .running').waitFor();
        await shot('explain-running');
        await panel.send(analysis({ type: 'explanation', explanation: madeUpExplanation() }));
        await panel.send(analysisState('explain', { kind: 'done' }));
        await panel.page.waitForTimeout(300);
        await shot('explain');
        await panel.page.locator('#tab-sweep').click();
        await panel.send(analysisState('sweep', { kind: 'running', progress }));
        await panel.send(analysis({ type: 'sweep', sweep: madeUpSweep({ samples: 200 }) }));
        await panel.page.waitForTimeout(200);
        await shot('sweep-running');
        const sweep = madeUpSweep({ arithmetics: ['float', 'loihi'] });
        await panel.send(analysis({ type: 'sweep', sweep }));
        await panel.send(analysisState('sweep', { kind: 'done' }));
        await panel.page.locator('#view-sweep .plot').focus();
        for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await panel.page.keyboard.press(key);
        for (const curves of ['accuracy', 'mse', 'energy']) {
          if (curves !== 'accuracy') {
            await panel.page.getByRole('combobox', { name: 'Curves' }).click();
            const name = { mse: 'MSE of the worst population', energy: 'Energy per inference' }[curves]!;
            await panel.page.getByRole('option', { name, exact: true }).click();
          }
          await panel.page.waitForTimeout(200);
          await shot(`sweep-${curves}`);
        }
        await panel.send({ type: 'report', report: fittedReport() });
        const comparison = madeUpSweep({ timesteps: [8], codings: ['residual'], neurons: [1, 2, 3, 4, 5] });
        await panel.send(analysis({ type: 'sweep', sweep: comparison }));
        await panel.page.locator('.neurons-compared').waitFor();
        await panel.page.waitForTimeout(200);
        await shot('sweep-neurons');
        await panel.send(
          analysis({ type: 'sweep', sweep: madeUpSweep({ neurons: [1, 2, 3], codings: ['residual'] }) }),
        );
        await panel.page.waitForTimeout(200);
        await shot('sweep-neurons-curves');
        await panel.page.close();
      });
    }
    for (const width of [1100, 380]) {
      test(`${theme}, ${width} px, retraining`, { timeout: 60_000 }, async () => {
        const panel = await open('url', { width, theme });
        await panel.send({ type: 'report', report: madeUpReport() });
        const shot = (name: string) =>
          panel.page.screenshot({ path: `${folder}${theme}-${width}-${name}.png`, fullPage: true });
        await panel.page.locator('#tab-finetune').click();
        const progress = { stage: 'simulate', fraction: 0.6, message: 'Epoch 3 of 4: loss 0.0492' } as const;
        await panel.send(analysisState('finetune', { kind: 'running', progress }));
        await panel.send(analysis({ type: 'finetune', retraining: madeUpProgress(2.4) }));
        await panel.page.waitForTimeout(200);
        await shot('retraining');
        await panel.send(analysis({ type: 'finetune', retraining: madeUpFinetuning() }));
        await panel.send(analysis({ type: 'unfinished', unfinished: madeUpUnfinished }));
        await panel.send(analysisState('finetune', { kind: 'done' }));
        await panel.page.locator('#view-finetune .plot').focus();
        await panel.page.keyboard.press('ArrowRight');
        await panel.page.waitForTimeout(200);
        await shot('retrained');
        await panel.page.close();
      });
    }
    test(`${theme}, empty`, async () => {
      const panel = await open('url', { theme, width: 700, height: 400 });
      await panel.page.screenshot({ path: `${folder}${theme}-empty.png` });
      await panel.page.close();
    });
  }
});
