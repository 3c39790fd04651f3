/**
 * What may be wrong with a conversion, each with an edit of the specification that would mend it. Only guesses: what
 * helps is found by trying each.
 */
import { isFittable, resolveActivation } from '../convert/activations.ts';
import { gatesOf } from '../convert/gates.ts';
import { mostNeuronsPerGate, type Correction } from '../convert/types.ts';
import type { Fix } from '../findings/types.ts';
import { hasOneActivation, isRecurrent } from '../network/shapes.ts';
import type { ClippedLinear } from '../network/types.ts';
import { nowhere, type Candidate, type Suspect } from './candidate.ts';
import { biasOutliers, scaleOutliers } from './outliers.ts';

/** All of them, in no order that matters. */
export function candidates(suspect: Suspect): Candidate[] {
  return [
    ...timesteps(suspect),
    ...coding(suspect),
    ...normalisations(suspect),
    ...meanings(suspect),
    ...neuronsPerGate(suspect),
    ...scales(suspect),
    ...biases(suspect),
    ...chipWeights(suspect),
    ...percentiles(suspect),
    ...narrowerGates(suspect),
    ...cellClips(suspect),
  ];
}

/** More would be another sweep's business. */
const mostTimesteps = 1024;

function timesteps({ specification: { timesteps: T } }: Suspect): Candidate[] {
  return [2, 4, 16]
    .map((factor) => factor * T)
    .filter((more) => more <= mostTimesteps)
    .map((more) => ({
      ...nowhere,
      code: 'timesteps-few',
      words: `T = ${T} time-steps are too few: a firing rate has only ${T + 1} values`,
      fix: { title: `Run ${more} time-steps instead of ${T}`, edits: [{ path: ['timesteps'], value: more }] },
    }));
}

function coding({ specification }: Suspect): Candidate[] {
  if (specification.coding === 'residual') return [];
  return [
    {
      ...nowhere,
      code: 'coding-reset',
      words:
        'Coding "reset" rounds every count down and forgets what is left over, at every sequence step anew',
      fix: { title: 'Use residual coding', edits: [{ path: ['coding'], value: 'residual' }] },
    },
  ];
}

/** A mean and scale so near to the run's own, as a part of its scale, explain nothing. */
const nearby = 0.01;

function normalisations({ specification, inputs }: Suspect): Candidate[] {
  if (!inputs) return [];
  const { least, greatest, mean } = inputs;
  const now = specification.input ?? { mean: 0, scale: 1 };
  const around = (middle: number) => ({
    mean: rounded(middle),
    scale: rounded(Math.max(greatest - middle, middle - least)),
  });
  const areBytes = least >= 0 && greatest > 1 && greatest <= 255;
  const choices = [
    around(mean),
    around((least + greatest) / 2),
    around(0),
    ...(areBytes ? [{ mean: 0, scale: 255 }] : []),
  ];
  const [low, high] = [least, greatest].map((value) => short((value - now.mean) / now.scale));
  return unique(choices)
    .filter(({ scale }) => scale > 0)
    .filter(({ mean, scale }) => Math.hypot(mean - now.mean, scale - now.scale) > nearby * now.scale)
    .map((input) => ({
      ...nowhere,
      code: 'inputs-not-normalised',
      changesTrained: true,
      words: `The inputs, from ${low!} to ${high!}, are not normalised as they were in training`,
      fix: {
        title: `Take the inputs as (x - ${input.mean}) / ${input.scale}`,
        edits: [{ path: ['input'], value: input }],
      },
    }));
}

function rounded(value: number): number {
  return Number(value.toPrecision(7));
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}

function differs(a: number, b: number): boolean {
  return Math.abs(a - b) > 1e-5 * Math.max(1, Math.abs(b));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

interface KnownFunction extends ClippedLinear {
  readonly words: string;
}

/** Functions that files call hard sigmoid, or hard tanh (docs/method.md). */
const knownFunctions: readonly KnownFunction[] = [
  { slope: 0.25, offset: 0.5, low: 0, high: 1, words: "clip(x/4 + 1/2, 0, 1), the paper's hard sigmoid" },
  { slope: 0.2, offset: 0.5, low: 0, high: 1, words: 'clip(x/5 + 1/2, 0, 1), that of Keras 2 and tfjs' },
  { slope: 1 / 6, offset: 0.5, low: 0, high: 1, words: 'clip(x/6 + 1/2, 0, 1), that of Keras 3 and PyTorch' },
  { slope: 0.5, offset: 0, low: -1, high: 1, words: "clip(x/2, -1, 1), the paper's hard tanh" },
  { slope: 1, offset: 0, low: -1, high: 1, words: "clip(x, -1, 1), PyTorch's hardtanh" },
];

/** Other functions that a name of this network may mean. */
function meanings({ specification: { activations }, network }: Suspect): Candidate[] {
  const names = new Set(
    network.layers.flatMap((layer) => {
      if (isRecurrent(layer)) return gatesOf(layer).map(({ activation }) => activation);
      return layer.kind === 'Dense' ? [layer.activation] : [];
    }),
  );
  return [...names].flatMap((name) => {
    const { spiking, replaced } = resolveActivation(name, activations);
    if (spiking === null || spiking === 'relu') return [];
    return knownFunctions
      .filter(({ low, high }) => low === spiking.low && high === spiking.high)
      .filter(({ slope, offset }) => differs(slope, spiking.slope) || differs(offset, spiking.offset))
      .map(({ words, ...meaning }): Candidate => {
        const edits = [{ path: ['activations', name], value: meaning }];
        return replaced
          ? {
              ...nowhere,
              code: 'activation-substitute',
              words: `The function in the place of ${name} is not the nearest one`,
              fix: { title: `Put ${words}, in the place of ${name}`, edits },
            }
          : {
              ...nowhere,
              code: 'activation-meaning',
              changesTrained: true,
              words: `"${name}" is not the function that the network was trained with`,
              fix: { title: `Take ${name} as ${words}`, edits },
            };
      });
  });
}

/** Where smooth gates are fitted. */
function neuronsPerGate({ layers }: Suspect): Candidate[] {
  const pieces = layers.flatMap((layer) =>
    layer.runsAs === 'spiking' ? layer.populations.map((population) => population.pieces.length) : [],
  );
  const fitted = layers.some(
    ({ runsAs, layer }) =>
      runsAs === 'spiking' &&
      isRecurrent(layer) &&
      gatesOf(layer).some(({ activation }) => isFittable(activation)),
  );
  if (!fitted) return [];
  const now = Math.max(...pieces);
  return [now + 1, now + 2]
    .filter((more) => more <= mostNeuronsPerGate)
    .map((more) => ({
      ...nowhere,
      code: 'neurons-per-gate-few',
      words: `${now === 1 ? 'One neuron follows' : `${now} neurons follow`} the smooth functions of the gates not closely enough`,
      fix: {
        title: `Compute each value of a gate by ${more} neurons`,
        edits: [{ path: ['neuronsPerGate'], value: more }],
      },
    }));
}

function correct({ specification }: Suspect, correction: Correction, title: string): Fix {
  const value = [...(specification.corrections ?? []), correction];
  return { title, edits: [{ path: ['corrections'], value }] };
}

function scales(suspect: Suspect): Candidate[] {
  return scaleOutliers(suspect.network).flatMap(({ layer, gate, ratio, extreme }) =>
    [2, 3, 4].map((factor): Candidate => {
      const weightScale = ratio > 1 ? rounded(1 / factor) : factor;
      const size = ratio > 1 ? `${ratio.toFixed(1)} times` : `${(100 * ratio).toFixed(0)} % of`;
      return {
        ...nowhere,
        code: 'gate-scale',
        layer,
        gate,
        changesTrained: true,
        extreme,
        words: `The weights of ${layer}/${gate} are ${size} those of the other gates, root mean square against their median`,
        fix: correct(
          suspect,
          { layer, gate, weightScale },
          `${ratio > 1 ? 'Divide' : 'Multiply'} the weights of ${layer}/${gate} by ${factor}`,
        ),
      };
    }),
  );
}

function biases(suspect: Suspect): Candidate[] {
  return biasOutliers(suspect.network).map(({ layer, gate, neuron, bias, median, extreme }) => {
    const place = gate === null ? layer : `${layer}/${gate}`;
    const value = rounded(median);
    return {
      code: 'bias-outlier',
      layer,
      gate,
      neuron,
      changesTrained: true,
      extreme,
      words: `The bias of neuron ${neuron} of ${place} is ${short(bias)}, far from the others' median of ${short(median)}`,
      fix: correct(
        suspect,
        { layer, ...(gate && { gate }), neuron, bias: value },
        `Give neuron ${neuron} of ${place} the bias ${value}`,
      ),
    };
  });
}

function chipWeights({ specification, weightBits: { used, widest }, weightsClipped }: Suspect): Candidate[] {
  if (specification.arithmetic !== 'loihi') return [];
  const wider: Candidate = {
    ...nowhere,
    code: 'weights-coarse',
    words: `Weights of ${used} bits are too coarse`,
    fix: { title: `Give the weights ${widest} bits`, edits: [{ path: ['weightBits'], value: widest }] },
  };
  const rescaled: Candidate = {
    ...nowhere,
    ...(weightsClipped
      ? { code: 'weights-clipped', words: 'Weights lie beyond what the chip holds and are clipped' }
      : {
          code: 'weights-coarse',
          words: `Weights use a part of their ${used} bits only, so that rounding is coarse`,
        }),
    fix: {
      title: 'Move weights and thresholds by a power of two, so that all fit and use every bit',
      edits: [{ path: ['rescaleWeights'], value: true }],
    },
  };
  return [...(used < widest ? [wider] : []), ...(specification.rescaleWeights ? [] : [rescaled])];
}

function percentiles({ specification: { percentile = 100, activations }, layers }: Suspect): Candidate[] {
  const measured = layers.some(
    ({ runsAs, layer }) =>
      runsAs === 'spiking' &&
      hasOneActivation(layer) &&
      resolveActivation(layer.activation, activations).spiking === 'relu',
  );
  if (!measured) return [];
  return [100, 99.9, 99]
    .filter((value) => value !== percentile)
    .map((value) => ({
      ...nowhere,
      code: 'threshold-percentile',
      words:
        value < percentile
          ? 'Few activations are so high as the thresholds of the ReLU layers, and spikes stand for too much'
          : 'Too many activations are above the thresholds of the ReLU layers and are cut off',
      fix: {
        title: `Set the thresholds at the ${value}th percentile of the activations`,
        edits: [{ path: ['percentile'], value }],
      },
    }));
}

/** A narrower range is worth a spike's worth only where it is a good deal narrower. */
const narrower = 0.8;

function narrowerGates(suspect: Suspect): Candidate[] {
  return suspect.ranges.flatMap(({ layer, gate, pieces, dual, least, greatest, ...whole }) => {
    if (pieces.length > 1) return [];
    const high = dual ? Math.max(greatest, -least) : greatest;
    const low = dual ? -high : least;
    const part = (high - low) / (whole.high - whole.low);
    if (!(high > low) || part >= narrower) return [];
    const place = gate === null ? layer : `${layer}/${gate}`;
    const [from, to] = [low, high].map((value) => Number(value.toPrecision(3)));
    return [
      {
        ...nowhere,
        code: 'gate-range',
        layer,
        gate,
        words: `Values of ${place} use only ${(100 * part).toFixed(0)} % of their range, from ${from!} to ${to!}, so that a spike stands for more than it must`,
        fix: correct(
          suspect,
          { layer, ...(gate && { gate }), low: from!, high: to! },
          `Let the neurons of ${place} range from ${from!} to ${to!}`,
        ),
      },
    ];
  });
}

function cellClips({ specification: { cellClip } }: Suspect): Candidate[] {
  if (cellClip === undefined) return [];
  return [
    {
      ...nowhere,
      code: 'cell-clip',
      changesTrained: true,
      words: `The clip of the cell state at ${cellClip} cuts off what the network needs`,
      fix: { title: 'Remove cellClip', edits: [{ path: ['cellClip'], value: undefined }] },
    },
  ];
}
