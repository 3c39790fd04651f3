/** What a sweep simulates: networks with numbers of neurons for each value, over time-steps, codings and arithmetics. */
import { createHash } from 'node:crypto';
import { convert, type Conversion } from '../core/convert/convert.ts';
import type { ConversionOptions } from '../core/convert/types.ts';
import { inOrder } from '../core/sweep/neurons.ts';
import type { PointSums } from '../core/sweep/points.ts';
import type { NeuronsPerGate, Setting } from '../core/sweep/types.ts';
import type { SweepStore } from '../node/sweep-store.ts';
import type { SweepRequest } from '../protocol/worker.ts';
import { Refusal } from './failure.ts';
import type { PreparedRun } from './prepare.ts';

export const usualTimesteps = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128];

/** A network with time-steps, coding and arithmetic, and what is known of it so far. */
export interface Work {
  readonly conversion: Conversion;
  readonly setting: Setting;
  readonly key: string;
  readonly reused: number;
  sums: PointSums | null;
  saved: number;
}

interface Point {
  readonly setting: Setting;
  readonly work: Work;
}

/** What is swept. Settings that come to the same network have the same work. */
export interface Swept {
  readonly points: readonly Point[];
  readonly works: readonly Work[];
  /** As of a sweep. */
  readonly automatic: number | null;
  /** Of the numbers of neurons that are compared, the one that the specification comes to. */
  readonly current: NeuronsPerGate | undefined;
}

/**
 * What the request comes to, with what earlier sweeps know of it.
 * @throws Refusal where numbers of neurons are to be compared and the network has no use for them
 */
export async function planSweep(
  request: SweepRequest,
  prepared: PreparedRun,
  store: SweepStore,
): Promise<Swept> {
  const { specification, network } = prepared.run;
  const compared = request.neuronsPerGate && inOrder(request.neuronsPerGate);
  const data = dataHash(prepared);
  const candidates = (compared ?? [undefined]).map((count) => candidateOf(prepared, data, count));
  if (compared && !candidates.some(({ conversion }) => hasFits(conversion))) {
    throw new Refusal(
      `"${network.name}" has no activation that several neurons compute together: there are no numbers of neurons to compare.`,
    );
  }
  const { points, works } = await pointsOf(candidates, settingsOf(request, specification), store);
  const same = (count: NeuronsPerGate) => {
    const { hashed } = candidateOf(prepared, data, count);
    return candidates.find((each) => each.hashed === hashed)?.neuronsPerGate;
  };
  const automatic = compared && same('auto');
  return {
    points,
    works,
    automatic: typeof automatic === 'number' ? automatic : null,
    current: compared && same(specification.neuronsPerGate ?? 'auto'),
  };
}

async function pointsOf(
  candidates: readonly Candidate[],
  settings: ReturnType<typeof settingsOf>,
  store: SweepStore,
): Promise<Pick<Swept, 'points' | 'works'>> {
  const works = new Map<string, Work>();
  const workOf = async ({ conversion, hashed }: Candidate, setting: Setting): Promise<Work> => {
    const key = hash([hashed, JSON.stringify(setting)]);
    const known = works.get(key);
    if (known) return known;
    const sums = await store.read(key);
    const [reused, saved] = [sums?.samples ?? 0, sums?.chunks ?? 0];
    const work: Work = { conversion, setting, key, sums, reused, saved };
    works.set(key, work);
    return work;
  };
  const points: Point[] = [];
  for (const { timesteps, ...how } of settings) {
    for (const candidate of candidates) {
      const { neuronsPerGate } = candidate;
      for (const T of timesteps) {
        const setting = { timesteps: T, ...how };
        const work = await workOf(candidate, setting);
        points.push({ setting: neuronsPerGate ? { ...setting, neuronsPerGate } : setting, work });
      }
    }
  }
  return { points, works: [...works.values()] };
}

/** Time-steps for each coding and arithmetic. */
function settingsOf(request: SweepRequest, { timesteps, coding, arithmetic }: ConversionOptions) {
  const usual = request.neuronsPerGate
    ? { timesteps: [timesteps], codings: [coding] }
    : { timesteps: usualTimesteps, codings: ['residual', 'reset'] as const };
  return (request.arithmetics ?? [arithmetic]).flatMap((arithmetic) =>
    (request.codings ?? usual.codings).map((coding) => ({
      timesteps: request.timesteps ?? usual.timesteps,
      ...{ coding, arithmetic },
    })),
  );
}

/** The network with a number of neurons for each value; undefined: the specification's. */
interface Candidate {
  readonly neuronsPerGate: NeuronsPerGate | undefined;
  readonly conversion: Conversion;
  readonly hashed: string;
}

function candidateOf(
  { run, measured, conversion }: PreparedRun,
  data: string,
  neuronsPerGate: NeuronsPerGate | undefined,
): Candidate {
  const { network, specification } = run;
  const converted =
    neuronsPerGate === undefined
      ? conversion
      : convert(network, { ...specification, neuronsPerGate }, measured.ranges, measured.drives);
  return { neuronsPerGate, conversion: converted, hashed: networkHash(data, converted) };
}

function hasFits({ findings }: Conversion): boolean {
  return findings.some(({ code }) => code === 'activation-fitted');
}

declare const SPIKEWISE_VERSION: string;

/** What the sums depend on but for the network and the setting: samples, labels, options. */
function dataHash({ job, checked }: PreparedRun): string {
  const swept = { timesteps: undefined, coding: undefined, arithmetic: undefined };
  const options = { ...job.networks[0].options, ...swept };
  const { values, shape, input } = job;
  const parts: Part[] = [
    SPIKEWISE_VERSION,
    JSON.stringify({ options, shape, input }),
    ArrayBuffer.isView(values) ? (values as unknown as NodeJS.ArrayBufferView) : Float64Array.from(values),
  ];
  if (checked.classes) parts.push(checked.classes);
  return hash(parts);
}

/** Of all that the sums depend on but for the setting: trained values, thresholds, and the data. */
function networkHash(data: string, { layers }: Conversion): string {
  const parts: Part[] = [data];
  const text = JSON.stringify(layers, (_key, value: unknown) => {
    if (!(value instanceof Float32Array)) return value;
    parts.push(value);
    return 'tensor';
  });
  return hash([...parts, text]);
}

type Part = string | NodeJS.ArrayBufferView;

function hash(parts: readonly Part[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
