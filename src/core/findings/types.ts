/**
 * A finding is data made by the core; the editor, the command line and the panel only show it.
 * Every code has a page, `docs/findings/CODE.md`.
 */

export type Severity = 'error' | 'warning' | 'info';

/** Where a finding points: a key of a JSON file. An empty path means the file as a whole. */
export interface Place {
  readonly file: 'model' | 'specification' | 'inputs' | 'labels' | 'chip';
  readonly path: readonly (string | number)[];
}

/** A change of the specification that would help. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[];
}

export const findingCodes = [
  'activation-not-clipped-linear',
  'activation-unknown',
  'activation-replaced',
  'activation-fitted',
  'layer-analog',
  'layer-folded',
  'layers-assumed',
  'layer-unsupported',
  'nothing-to-convert',
  'inputs-out-of-range',
  'embedding-not-normalised',
  'weights-clipped',
  'threshold-from-data',
  'mse-above-tolerance',
  'accuracy-below-tolerance',
  'core-limit-exceeded',
  'chip-full',
  'core-nearly-full',
  'chip-nearly-full',
  'chip-limit-unknown',
  'energy-above-baseline',
  'chip-invalid',
  'specification-invalid',
  'model-unreadable',
  'weights-unreadable',
  'data-unreadable',
  'data-mismatch',
] as const;

export type FindingCode = (typeof findingCodes)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Name of the layer that it is about, or null. */
  readonly layer: string | null;
  /** Of the layer, where it is about one population. */
  readonly population?: string;
  /** Where it is about one core. */
  readonly core?: { readonly chip: number; readonly core: number };
  /** One or two sentences: what, where, how much. */
  readonly message: string;
  readonly place: Place;
  readonly fixes: readonly Fix[];
}

/**
 * Thrown where an input cannot be used at all. The edge that catches it shows the finding;
 * `file` is the path of the faulty file as the edge knows it.
 */
export class InputFault extends Error {
  /** What is wrong in that file, without its name. */
  readonly fault: string;

  constructor(
    readonly code: FindingCode,
    readonly file: string,
    fault: string,
    readonly place: Place,
    readonly fixes: readonly Fix[] = [],
  ) {
    const readable = sentence(fault);
    super(sentence(`${file}: `) + readable);
    this.fault = readable;
    this.name = 'InputFault';
  }
}

/** In characters. */
const LONGEST = 800;

/** Names and values out of a file may be of any length, and hold anything; a message is one line that people read. */
function sentence(words: string): string {
  const line = words.replace(/\p{Cc}+/gu, ' ');
  // What to do stands at its end.
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 205)} ... ${line.slice(-200)}`;
}
