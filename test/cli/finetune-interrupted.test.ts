/** A retraining that does not end of itself: what is left of it, and what is not. */
import { execFile, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultTraining, type FinetuneProgress } from '../../src/core/finetune/types.ts';
import { startTask } from '../../src/node/task-client.ts';
import { discardUnfinished, readUnfinished, takeUnfinished } from '../../src/node/unfinished.ts';
import { bin, spikewise, type Ended } from '../support/cli.ts';
import { readJson } from '../support/files.ts';
import { useSmooth } from '../support/retraining.ts';
import { convertJson, expectFault, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const smooth = useSmooth(tiny);

/** More epochs than any test waits for. */
const endless = ['--epochs', '100000', '--batch', '8', '--learning-rate', '0.02', '--validation', '0.2'];

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(out: string, onText: (text: string) => void = () => undefined): Started {
  let child!: ChildProcess;
  const ended = new Promise<Ended>((resolve) => {
    const args = [bin, 'finetune', ...smooth.data(), '--out', out, ...endless];
    child = execFile(process.execPath, args, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
    child.stdout!.on('data', (text: string) => {
      onText(text);
    });
  });
  return { child, ended };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const resultFiles = () => {
  const name = path.basename(smooth.file('.'));
  return ['model.json', 'validation-labels.npy', 'validation.npy', 'weights.bin']
    .concat(`${name}.spikewise-finetune.json`, `${name}.spikewise.json`)
    .sort();
};

const specificationIn = (folder: string) =>
  path.join(folder, `${path.basename(smooth.file('.'))}.spikewise.json`);

describe('Ctrl+C', () => {
  it('leaves the best epoch so far as a whole model, and says where', async () => {
    const above = tiny.empty();
    const out = path.join(above, 'tuned');
    const { child, ended } = start(out);
    await until(() => existsSync(`${out}.unfinished`));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^spikewise: cancelled\nspikewise: the best epoch so far, \d+ of 100000, /);
    expect(stderr).toContain(`is a whole model in ${out}.unfinished; rename that folder`);
    expect(readdirSync(above)).toEqual(['tuned.unfinished']);
    expect(readdirSync(`${out}.unfinished`).sort()).toEqual(resultFiles());

    // What is there is not written over.
    const again = ['finetune', ...smooth.data(), '--out', out, '--epochs', '1', '--json'];
    expectFault(await spikewise(again), out, /has the best epoch of an earlier retraining beside it/);
    renameSync(`${out}.unfinished`, out);
    const { accuracy } = await convertJson([specificationIn(out)]);
    const told = readJson(path.join(out, resultFiles()[1]!));
    expect(told).toMatchObject({ options: { epochs: 100_000 } });
    // Without rounding, what was validated is the analog network.
    const { epochs, best } = told as FinetuneProgress;
    expect(accuracy.analog).toBe(epochs[best]!.validationAccuracy);
  });

  it('leaves nothing before the first epoch has ended', async () => {
    const above = tiny.empty();
    const { child, ended } = start(path.join(above, 'tuned'), () => {
      child.kill('SIGINT');
    });
    expect(await ended).toMatchObject({ code: 130, stderr: 'spikewise: cancelled\n' });
    expect(readdirSync(above)).toEqual([]);
  });
});

describe('a process that is gone', () => {
  it('leaves a whole model, whatever it was writing', async () => {
    for (const wait of [0, 40, 90]) {
      const above = tiny.empty();
      const out = path.join(above, 'tuned');
      const { child, ended } = start(out);
      await until(() => existsSync(`${out}.unfinished`));
      await new Promise((resolve) => setTimeout(resolve, wait));
      child.kill('SIGKILL');
      await ended;
      expect(existsSync(out)).toBe(false);
      // As if it had been writing just then.
      writeFileSync(path.join(above, 'tuned.unfinished.123-abc.tmp'), 'half');
      writeFileSync(path.join(`${out}.unfinished`, 'weights.bin.123-abc.tmp'), 'half');
      const unfinished = await readUnfinished(out);
      expect(unfinished).toMatchObject({ out, epochs: 100_000, model: 'smooth' });
      const specification = await takeUnfinished(out);
      expect(specification).toBe(specificationIn(out));
      expect(readdirSync(above)).toEqual(['tuned']);
      expect(readdirSync(out).sort()).toEqual(resultFiles());
      expect((await convertJson([specification])).accuracy.analog).not.toBeNull();
    }
  });

  it('has what it left deleted where nobody wants it, and nothing else', async () => {
    const above = tiny.empty();
    const out = path.join(above, 'tuned');
    const { child, ended } = start(out);
    await until(() => existsSync(`${out}.unfinished`));
    child.kill('SIGKILL');
    await ended;
    writeFileSync(path.join(above, 'tuned-2.123-abc.tmp'), 'of another');
    await discardUnfinished(out);
    expect(readdirSync(above)).toEqual(['tuned-2.123-abc.tmp']);
  });
});

describe('the worker', () => {
  const worker = pathToFileURL(path.join(import.meta.dirname, '../../dist/worker.mjs'));
  const begin = (out: string, onPartial: (progress: FinetuneProgress) => void, stop: SharedArrayBuffer) => {
    const overrides = { inputs: smooth.file('x.npy'), labels: smooth.file('y.npy') };
    const options = { ...defaultTraining, epochs: 100_000, rounding: false, batch: 8, validation: 0.2 };
    const request = { file: smooth.file('model.json'), overrides, options, out, stop };
    return startTask(worker, { role: 'finetune', request }, () => undefined, { onPartial });
  };

  it('stops where it is asked to, and writes the best epoch', async () => {
    const above = tiny.empty();
    const out = path.join(above, 'tuned');
    const stop = new SharedArrayBuffer(4);
    const partials: FinetuneProgress[] = [];
    const running = begin(
      out,
      (progress) => {
        partials.push(progress);
        if (progress.epochs.length > 2) Atomics.store(new Int32Array(stop), 0, 1);
      },
      stop,
    );
    const result = await running.result;
    if (result.outcome !== 'done') throw new Error(result.outcome);
    const { finetuning } = result;
    expect(finetuning.stopped).toMatch(/^training was stopped (?:in|after) epoch \d+ of 100000/);
    const best = finetuning.epochs.find(({ epoch }) => epoch === finetuning.best)!;
    expect(best.validationAccuracy).toBe(
      Math.max(...finetuning.epochs.map(({ validationAccuracy }) => validationAccuracy)),
    );
    expect(finetuning.accuracy.after.analog).toBe(best.validationAccuracy);
    expect(readdirSync(above)).toEqual(['tuned']);
    expect(readdirSync(out).sort()).toEqual(resultFiles());
    expect(readFileSync(finetuning.written.specification, 'utf8')).toContain('hard_tanh_half');

    // It told how far it was, from before the first step on.
    expect(partials[0]).toMatchObject({ losses: [], best: 0, stopped: null });
    expect(partials[0]!.accuracy.after).toBeUndefined();
    const lengths = partials.map(({ epochs }) => epochs.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
  });

  it('leaves the best epoch so far where it is cancelled', async () => {
    const above = tiny.empty();
    const out = path.join(above, 'tuned');
    const running = begin(
      out,
      () => {
        if (existsSync(`${out}.unfinished`)) running.cancel();
      },
      new SharedArrayBuffer(4),
    );
    expect(await running.result).toEqual({ outcome: 'cancelled' });
    expect(await readUnfinished(out)).toMatchObject({ epochs: 100_000 });
    expect(existsSync(out)).toBe(false);
  });
});
