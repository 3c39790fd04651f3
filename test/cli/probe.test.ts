/** The worker that answers questions about single neurons, as the editor starts it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { startProbe, type Probe } from '../../src/node/probe-client.ts';
import type { DetailAnswer, DetailKind, DetailQuestion, ProbeRequest } from '../../src/protocol/detail.ts';
import { convertJson, samples, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const worker = pathToFileURL(path.join(import.meta.dirname, '../../dist/worker.mjs'));
let probe: Probe | null = null;
let ended = 0;

afterEach(() => {
  probe?.end();
  probe = null;
});

function start(request: Partial<ProbeRequest>): Probe {
  ended = 0;
  probe = startProbe(
    worker,
    { file: tiny.file('model.json'), overrides: {}, ...request },
    {
      onProgress: () => undefined,
      onEnd: () => {
        ended += 1;
      },
    },
  );
  return probe;
}

async function asked<Kind extends DetailKind>(
  from: Probe,
  question: DetailQuestion<Kind>,
): Promise<DetailAnswer<Kind>> {
  return (await from.ask(question as DetailQuestion)) as unknown as DetailAnswer<Kind>;
}

it('answers with the numbers of the run', async () => {
  const args = ['--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy'), '--timesteps', '5'];
  const report = await convertJson([tiny.file('model.json'), ...args]);
  const from = start({
    overrides: { inputs: tiny.file('x.npy'), labels: tiny.file('y.npy'), timesteps: 5 },
  });
  const { options } = await asked<'run'>(from, { kind: 'run' });
  expect(options).toEqual(report.options);
  const { flips, samples: seen } = await asked<'flips'>(from, { kind: 'flips' });
  expect(seen).toBe(samples);
  expect(flips).toHaveLength(Math.round((1 - report.accuracy.agreement!) * samples));
  const layers = report.layers.filter(({ runsAs }) => runsAs === 'spiking');
  expect(layers.length).toBeGreaterThan(0);
  for (const { name: layer, populations, output } of layers) {
    for (const { name: population, mse, firingRate } of [
      ...populations,
      { name: 'output', ...output!, firingRate: null },
    ]) {
      const { detail } = await asked<'population'>(from, {
        kind: 'population',
        layer,
        population,
        sample: null,
      });
      const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
      expect(mean(detail.error)).toBeCloseTo(mse, 6);
      if (firingRate !== null) expect(mean(detail.rate!)).toBeCloseTo(firingRate, 6);
    }
  }
});

it('answers questions about one sample and about all that are asked at once', async () => {
  const from = start({ overrides: { inputs: tiny.file('x.npy'), timesteps: 5 } });
  await asked<'run'>(from, { kind: 'run' });
  const [all, one] = [null, 2].map((sample) =>
    asked<'population'>(from, { kind: 'population', layer: 'lstm', population: 'f', sample }),
  );
  expect((await one!).detail).toMatchObject({ sample: 2, samples: 1 });
  expect((await all!).detail).toMatchObject({ sample: null, samples });
});

it('refuses one question and answers the next', async () => {
  const from = start({ overrides: { inputs: tiny.file('x.npy'), timesteps: 5 } });
  const at = { layer: 'lstm', population: 'f', sample: 0, neuron: 0 };
  await expect(asked<'neuron'>(from, { kind: 'neuron', ...at, sample: samples })).rejects.toThrow(
    `no sample ${samples}`,
  );
  const { detail } = await asked<'neuron'>(from, { kind: 'neuron', ...at });
  expect(detail.trace.potential).toHaveLength(detail.steps * 5);
  expect(ended).toBe(0);
});

it('says what is wrong with files that cannot be read, and ends', async () => {
  const file = tiny.file('nothing.json');
  await expect(asked<'run'>(start({ file }), { kind: 'run' })).rejects.toThrow(file);
  expect(ended).toBe(1);
});
