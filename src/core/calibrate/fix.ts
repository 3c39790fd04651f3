/** What calibration found, as edits of the specification. */
import type { Correction, Specification } from '../convert/types.ts';
import type { Fix } from '../findings/types.ts';

/** What the command line gave in the place of the specification: the corrections hold for that alone. */
export interface Given extends Partial<
  Pick<Specification, 'timesteps' | 'coding' | 'arithmetic' | 'neuronsPerGate'>
> {
  readonly inputMean?: number;
  readonly inputScale?: number;
  /** A built-in chip's name, or the path of a chip file, relative to the specification. */
  readonly chip?: string | undefined;
}

/**
 * Edits for what was given, and for what was found.
 * @param input normalisation that was used
 * @param corrections null where nothing was found
 */
export function calibrationEdits(
  { timesteps, coding, arithmetic, neuronsPerGate, inputMean, inputScale, chip }: Given,
  input: { readonly mean: number; readonly scale: number },
  corrections: readonly Correction[] | null,
): Fix['edits'] {
  const used = {
    timesteps,
    coding,
    arithmetic,
    neuronsPerGate,
    input: inputMean === undefined && inputScale === undefined ? undefined : input,
    chip,
    corrections: corrections ?? undefined,
  };
  return Object.entries(used).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: [key], value }],
  );
}
