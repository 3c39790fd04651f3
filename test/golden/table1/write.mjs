/*
 * Writes activity.json beside it: what the command line counts for the workload of the paper's table I.
 *
 *     node test/golden/table1/write.mjs --mnist DIR [MODEL.json ...]
 *
 * The example's own model (64 units) comes first, then each MODEL.json: models of the same form, which train.py and
 * save.mjs of examples/mnist-rows make. DIR holds the MNIST files of test digits as published, t10k-*.gz.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

const samples = 2000;
const [sequenceSteps, inputs] = [28, 28];

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const example = path.join(root, 'examples/mnist-rows/mnist-rows.spikewise.json');
const { values: options, positionals } = parseArgs({
  options: { mnist: { type: 'string' } },
  allowPositionals: true,
});
if (!options.mnist) throw new Error('Name the folder with the MNIST files: --mnist DIR');
const models = [path.join(path.dirname(example), 'model.json'), ...positionals];

/** The first `samples` items of an IDX file as the bytes of a .npy file. */
function npy(file, ...itemShape) {
  const idx = gunzipSync(readFileSync(path.join(options.mnist, file)));
  const start = 4 + 4 * idx[3]; // after the magic and the sizes of its axes
  const size = itemShape.reduce((product, n) => product * n, samples);
  const shape = [samples, ...itemShape].map((n) => `${n},`).join(' ');
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\0\0${text.padEnd(117)}\n`, 'latin1');
  header.writeUInt16LE(118, 8);
  return Buffer.concat([header, idx.subarray(start, start + size)]);
}

/** One row: the model under a coding and an arithmetic, as `spikewise convert --json` reports it. */
function activity(folder, model, { timesteps, coding, arithmetic }) {
  const specification = path.join(folder, 'table1.spikewise.json');
  writeFileSync(
    specification,
    JSON.stringify({
      ...JSON.parse(readFileSync(example, 'utf8')),
      model: path.relative(folder, path.resolve(model)),
      data: { inputs: 'digits.npy', labels: 'labels.npy' },
      timesteps,
      coding,
      arithmetic,
    }),
  );
  const cli = path.join(root, 'bin/spikewise.mjs');
  const json = execFileSync(process.execPath, [cli, 'convert', specification, '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const { layers, accuracy } = JSON.parse(json);
  const { populations } = layers.find((layer) => layer.kind === 'LSTM');
  const of = (name) => populations.find((population) => population.name === name);
  const spikes = (name) => of(name).spikesPerSample;
  return {
    hidden: of('i').neurons,
    inputs,
    sequenceSteps,
    timesteps,
    samples,
    inputSpikes: spikes('generator'),
    gateSpikes: { i: spikes('i'), f: spikes('f'), c: spikes('c'), o: spikes('o') },
    accuracy: accuracy.spiking,
    analogAccuracy: accuracy.analog,
  };
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'spikewise-table1-'));
try {
  writeFileSync(path.join(folder, 'digits.npy'), npy('t10k-images-idx3-ubyte.gz', sequenceSteps, inputs));
  writeFileSync(path.join(folder, 'labels.npy'), npy('t10k-labels-idx1-ubyte.gz'));
  const rows = (options) => models.map((model) => activity(folder, model, options));
  const lines = (rows) => `[\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]`;
  const paper = rows({ timesteps: 128, coding: 'reset', arithmetic: 'loihi' });
  const residual = rows({ timesteps: 8, coding: 'residual', arithmetic: 'float' });
  writeFileSync(
    path.join(here, 'activity.json'),
    `{\n  "rows": ${lines(paper)},\n  "residual": ${lines(residual)}\n}\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
