/** The baseline: how long the analog network takes on this machine, and what that costs where the machine tells. */
import type { AnalogMeasurement } from '../core/energy/types.ts';
import type { Trace } from '../core/simulate/types.ts';
import { openEnergyCounter } from '../node/energy-counter.ts';
import type { AnalogNetwork } from './tfjs/network.ts';

export interface RunningNetwork {
  readonly analog: AnalogNetwork;
  readonly samples: number;
  readonly sample: (n: number) => Trace;
}

/** As in the paper's table I. */
const batches = [1, 32];
/** Runs of a batch size before any counts. */
const warming = 2;
/** Runs that count, at most; at least one, since a short run of few samples must not become a long one. */
const most = 50;
/** An energy counter moves about once in a millisecond: a reading needs many of them. Seconds. */
const enoughToCount = 0.1;

/** Those that one call can hold. */
function batchesOf({ analog }: RunningNetwork): number[] {
  return batches.filter((batch) => batch <= analog.largestBatch);
}

/** The first calls of a batch size compile and fill caches. */
export async function warmUp(network: RunningNetwork): Promise<void> {
  for (const batch of batchesOf(network)) {
    for (let run = 0; run < warming; run++) await network.analog.time(batch, repeated(network));
  }
}

/** @param seconds for each batch size, about */
export async function measureAnalog(
  network: RunningNetwork,
  seconds: number,
): Promise<readonly AnalogMeasurement[]> {
  const counter = await openEnergyCounter();
  const measurements: AnalogMeasurement[] = [];
  for (const batch of batchesOf(network)) {
    const before = await counter?.read();
    let total = 0;
    let least = Infinity;
    let runs = 0;
    while (runs === 0 || (runs < most && total < seconds) || (counter && total < enoughToCount)) {
      const time = await network.analog.time(batch, repeated(network));
      total += time;
      least = Math.min(least, time);
      runs++;
    }
    const joules = counter && before ? (await counter.since(before)) / runs : null;
    measurements.push({ batch, seconds: least, runs, joules });
  }
  return measurements;
}

/** A batch may be larger than the data. */
function repeated({ sample, samples }: RunningNetwork): (n: number) => Trace {
  return (n) => sample(n % samples);
}
