/** Curves that are read place by place along their axis: time-steps of a sweep, epochs of a training. */
import type { Palette, Picture } from './picture.ts';
import type { Series } from './series.ts';

export interface CurvesLook {
  /** Names of curves that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** The place under the cursor; null: none. */
  readonly cursor: number | null;
  /** A picture that leaves the page has its own. */
  readonly legend: boolean;
}

/** The same object as long as nothing of it changes. */
export interface ReadCurves {
  readonly draw: (width: number, palette: Palette, look: CurvesLook) => Picture;
  readonly series: readonly Series[];
  readonly places: number;
  /** The place nearest to x of a picture of this width, in pixels; null beside it. */
  readonly placeAt: (width: number, x: number) => number | null;
  readonly readOut: (place: number) => string;
}
