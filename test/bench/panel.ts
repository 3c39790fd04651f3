/** Frames of the panel while the cursor moves over a heat map of 1,000 neurons by 784 sequence steps, in headless Chromium. */
import type { Report } from '../../src/core/report/types.ts';
import { openPanel, servePanel, startBrowser, type Panel } from '../browser/page.ts';
import { madeUpReport } from '../browser/report.ts';

const neurons = 1000;
const steps = 784;
const frames = 240;

interface Measured {
  readonly name: string;
  /** Between frames, in milliseconds, sorted. */
  readonly intervals: readonly number[];
  /** Of the main thread in a frame, in milliseconds, on the average. */
  readonly busy: number;
}

function largeReport(): Report {
  const report = madeUpReport({ steps });
  const layers = report.layers.map((layer) => ({
    ...layer,
    populations: layer.populations.map((population) => ({ ...population, neurons })),
  }));
  return { ...report, layers };
}

/** Answers in the page itself: the numbers are made up, their amount is not. */
async function answerInPage({ page }: Panel): Promise<void> {
  await page.evaluate(
    ({ neurons, steps }) => {
      const cells = neurons * steps;
      const noise = (length: number) => Float32Array.from({ length }, () => Math.random());
      const answers: Record<string, (question: Record<string, unknown>) => object> = {
        run: () => ({ options: {}, samples: 1500 }),
        flips: () => ({ flips: [], samples: 256 }),
        population: ({ layer, population, sample }) => ({
          detail: {
            ...{ layer, population, sample, samples: sample === null ? 256 : 1, steps, neurons },
            error: noise(cells),
            rate: noise(cells),
            values: sample === null ? null : { analog: noise(cells), spiking: noise(cells) },
            scatter: {
              ...{ pairs: cells, correlation: 0.98, low: 0, high: 1, cells: 65, beyond: 0 },
              counts: Uint32Array.from({ length: 65 * 65 }, () => 1 + 500 * Math.random()),
              decoding: { base: 0, span: 1, dual: false },
            },
            activity: { rate: noise(neurons), atBound: new Float32Array(neurons) },
          },
        }),
        neuron: (question) => ({
          detail: {
            ...{ ...question, steps, timesteps: 8, analog: noise(steps), spiking: noise(steps) },
            trace: {
              potential: Float64Array.from(noise(8 * steps)),
              after: Float64Array.from(noise(8 * steps)),
              input: Float64Array.from(noise(8 * steps)),
              spikes: Int8Array.from(noise(8 * steps), (value) => Math.round(value)),
              ...{ bias: 0, upper: 1, lower: null, threshold: 1 },
            },
          },
        }),
      };
      const { posted } = globalThis.standin;
      const push = posted.push.bind(posted);
      posted.push = (...messages) => {
        for (const { type, id, question } of messages as {
          type: string;
          id: number;
          question: { kind: string };
        }[]) {
          if (type !== 'detail') continue;
          const answer = { ...question, ...answers[question.kind]!(question) };
          window.postMessage({ type: 'detail', message: { type: 'answer', id, answer } });
        }
        return push(...messages);
      };
    },
    { neurons, steps },
  );
}

/** Presses a key in every frame, and measures from one to the next. */
async function measure({ page }: Panel, name: string, key: string): Promise<Measured> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const taken = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration')!.value;
  };
  const before = await taken();
  const intervals = await page.evaluate(
    async ({ key, frames }) => {
      const map = document.querySelector<HTMLElement>('.heat-map')!;
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const intervals: number[] = [];
      let last = await frame();
      for (let n = 0; n < frames; n++) {
        map.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        const now = await frame();
        intervals.push(now - last);
        last = now;
      }
      return intervals;
    },
    { key, frames },
  );
  const busy = (1000 * ((await taken()) - before)) / frames;
  await session.detach();
  return { name, intervals: intervals.toSorted((a, b) => a - b), busy };
}

function at(sorted: readonly number[], part: number): string {
  return `${sorted[Math.floor(part * (sorted.length - 1))]!.toFixed(1)} ms`;
}

/** @param folder of the built webview */
export async function printPanel(folder: string): Promise<void> {
  const server = await servePanel(folder);
  const browser = await startBrowser();
  try {
    const panel = await openPanel(browser, server.url, { width: 1200 });
    await answerInPage(panel);
    await panel.send({ type: 'report', report: largeReport() });
    await panel.page.locator('#tab-neurons').click();
    await panel.page.locator('.heat-map').waitFor();
    const all = [
      await measure(panel, 'over steps', 'ArrowRight'),
      await measure(panel, 'over neurons', 'ArrowDown'),
    ];
    await panel.page.getByLabel('Sample, 0 to 1,499').fill('3');
    await panel.page.locator('.scrubber').waitFor();
    const one = [
      await measure(panel, 'one sample, with a neuron over time, over steps', 'ArrowLeft'),
      await measure(panel, 'one sample, with a neuron over time, over neurons', 'ArrowUp'),
    ];
    console.log(
      `the cursor on a heat map of ${neurons} neurons x ${steps} sequence steps, ${frames} frames each; 60 frames a second: 16.7 ms`,
    );
    for (const { name, intervals, busy } of [...all, ...one]) {
      console.log(
        `  ${name.padEnd(50)} median ${at(intervals, 0.5)}, 95th percentile ${at(intervals, 0.95)}; the main thread is busy for ${busy.toFixed(1)} ms of each`,
      );
    }
    if (panel.errors.length > 0) throw new Error(panel.errors.join('\n'));
  } finally {
    await browser.close();
    server.close();
  }
}
