/** What mapping and estimating add to a run, and how long the largest networks take to map. */
import { builtinChip, builtinChips } from '../../src/core/chips/builtin.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { startConversion } from '../../src/node/conversion-client.ts';
import type { ConvertRequest } from '../../src/protocol/worker.ts';
import { testDigits } from '../support/mnist.ts';
import { chain, hardActivations, lstm } from '../support/networks.ts';

const runs = 5;

/** Seconds of a run by stage, of the worker alone. */
async function secondsOf(worker: URL, request: ConvertRequest): Promise<Readonly<Record<string, number>>> {
  const ended = await startConversion(worker, request, () => undefined).result;
  if (ended.outcome !== 'done')
    throw new Error(ended.outcome === 'failed' ? ended.failure.message : 'cancelled');
  return ended.report.seconds;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The baseline is the analog network's measurement, which the ledger is compared with. */
async function printParts(worker: URL, specification: string): Promise<void> {
  const digits = testDigits();
  const requests = [
    { name: 'the example, 500 digits', overrides: {} },
    ...(digits
      ? [{ name: '10,000 digits', overrides: { inputs: digits.inputs, labels: digits.labels } }]
      : []),
  ];
  console.log(
    `| T = 8, median of ${runs} runs | whole run, s | map and estimate, s | part of the run | with the baseline, s | part |`,
  );
  console.log('|---|---|---|---|---|---|');
  for (const { name, overrides } of requests) {
    const request: ConvertRequest = {
      file: specification,
      overrides: { ...overrides, timesteps: 8 },
      purpose: 'convert',
    };
    const timed: Readonly<Record<string, number>>[] = [];
    for (let run = 0; run < runs; run++) timed.push(await secondsOf(worker, request));
    const whole = timed.map((seconds) => Object.values(seconds).reduce((a, b) => a + b, 0));
    const cells = [
      ['map', 'estimate'],
      ['map', 'baseline', 'estimate'],
    ].map((stages) => {
      const added = timed.map((seconds) => stages.reduce((sum, stage) => sum + seconds[stage]!, 0));
      const part = median(added.map((seconds, run) => seconds / whole[run]!));
      return `${median(added).toFixed(3)} | ${(100 * part).toFixed(1)} %`;
    });
    console.log(`| ${name} | ${median(whole).toFixed(2)} | ${cells.join(' | ')} |`);
  }
}

/** Two LSTMs of 1,024 one after the other, with 1,024 features. */
function printMapping(): void {
  const [units, noWeights] = [1024, () => 0];
  const layers = [
    lstm(noWeights, units, units, { name: 'first', returnSequences: true }),
    lstm(noWeights, units, units, { name: 'second' }),
  ];
  const options = {
    timesteps: 8,
    coding: 'residual',
    arithmetic: 'float',
    activations: hardActivations,
  } as const;
  const demands = layerDemands(convert(chain([null, units], ...layers), options, {}).layers);
  console.log(`\n| two LSTMs of 1,024, median of ${runs} maps | generators | cores | chips | s |`);
  console.log('|---|---|---|---|---|');
  for (const chip of builtinChips.map(builtinChip)) {
    for (const generators of ['processors', 'cores'] as const) {
      const map = () => mapToChip(demands, null, chip, { chips: 8, fill: 1, weightBits: 8, generators });
      const times = Array.from({ length: runs }, () => {
        const start = performance.now();
        map();
        return (performance.now() - start) / 1000;
      });
      const { coresUsed, chipsUsed } = map();
      console.log(
        `| ${chip.name} | ${generators} | ${coresUsed} | ${chipsUsed} | ${median(times).toFixed(3)} |`,
      );
    }
  }
}

/** Prints Markdown tables. */
export async function printEstimate(worker: URL, specification: string): Promise<void> {
  await printParts(worker, specification);
  printMapping();
}
