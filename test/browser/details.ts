/** Stands in for the host and its worker where the panel asks about single neurons: the core answers. */
import { convert } from '../../src/core/convert/convert.ts';
import {
  neuronDetail,
  overview,
  overviewPopulation,
  samplePopulation,
  startLook,
  type Look,
  type Overview,
} from '../../src/core/detail/look.ts';
import type { Report, RunOptions } from '../../src/core/report/types.ts';
import type { DetailAnswer, DetailQuestion } from '../../src/protocol/detail.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';
import { chooseSamples } from '../../src/core/simulate/samples.ts';
import type { Panel } from './page.ts';

const steps = 28;
const lookedAt = 48;

/** Of the network that the made-up report is about. */
export async function madeUpLook(samples: number): Promise<Look> {
  const random = randomSource(7);
  const how = {
    timesteps: 8,
    coding: 'residual',
    arithmetic: 'float',
    activations: hardActivations,
  } as const;
  const network = chain(
    [steps, 28],
    lstm(random, 28, 64, { name: 'lstm', returnSequences: true }),
    lstm(random, 64, 128, { name: 'encoder' }),
    dense(random, 128, 10, 'linear', 'dense'),
  );
  return startLook({
    layers: convert(network, how, {}).layers,
    options: { ...how, cellClip: 1, weightBits: 8 },
    kernel: await wasmKernel(),
    samples,
    sample: (n) => randomTrace(randomSource(n), 28, steps),
    classes: Int32Array.from({ length: samples }, (_, n) => n % 10),
  });
}

/** What the worker's probe answers. */
export function madeUpAnswers(look: Look, options: RunOptions): (question: DetailQuestion) => DetailAnswer {
  let seen: Overview | null = null;
  const all = (): Overview => {
    const work = overview(look, chooseSamples(look.samples, lookedAt));
    while (seen === null) {
      const { done, value } = work.next();
      if (done) seen = value;
    }
    return seen;
  };
  return (question) => {
    switch (question.kind) {
      case 'run':
        return { kind: 'run', options, samples: look.samples };
      case 'flips':
        return { kind: 'flips', flips: all().flips, samples: lookedAt };
      case 'population': {
        const { layer, population, sample } = question;
        const detail =
          sample === null
            ? overviewPopulation(look, all(), { layer, population })
            : samplePopulation(look, { layer, population, sample });
        return { kind: 'population', detail };
      }
      case 'neuron':
        return { kind: 'neuron', detail: neuronDetail(look, question) };
    }
  };
}

/** Answers every question of the page from now on. A thrown error refuses. */
export async function answerDetails(
  { page }: Panel,
  answer: (question: DetailQuestion) => DetailAnswer,
): Promise<void> {
  await page.exposeFunction('answerDetail', (question: DetailQuestion) => {
    try {
      return { answer: encode(answer(question)) };
    } catch (error) {
      return { message: (error as Error).message };
    }
  });
  await page.evaluate(() => {
    interface Encoded {
      typed: string;
      values: number[];
    }
    const isEncoded = (value: unknown): value is Encoded =>
      typeof value === 'object' && value !== null && 'typed' in value;
    const revive = (value: unknown): unknown => {
      if (isEncoded(value)) {
        const Typed = (globalThis as unknown as Record<string, new (values: number[]) => unknown>)[
          value.typed
        ]!;
        return new Typed(value.values);
      }
      if (Array.isArray(value)) return value.map(revive);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, revive(part)]));
    };
    interface Asked {
      type: string;
      id: number;
      question: unknown;
    }
    const ask = (globalThis as unknown as { answerDetail: (question: unknown) => Promise<object> })
      .answerDetail;
    const { posted } = globalThis.standin;
    const push = posted.push.bind(posted);
    posted.push = (...messages) => {
      for (const message of messages as Asked[]) {
        if (message.type !== 'detail') continue;
        const { id } = message;
        void ask(message.question).then((told) => {
          const answered =
            'answer' in told
              ? { type: 'answer', id, answer: revive(told.answer) }
              : { type: 'refused', id, ...told };
          window.postMessage({ type: 'detail', message: answered });
        });
      }
      return push(...messages);
    };
  });
}

/** Typed arrays do not cross to the page as they are. */
function encode(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return { typed: value.constructor.name, values: [...(value as unknown as Iterable<number>)] };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encode(part)]));
}

/** With the accuracy of the made-up look left as it is: only what is asked for is true. */
export async function withDetails(panel: Panel, report: Report): Promise<void> {
  const look = await madeUpLook(report.options.samples);
  await answerDetails(panel, madeUpAnswers(look, report.options));
}
