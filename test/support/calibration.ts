/** Fits one price to measured systems: what the `calibrations` of a chip file hold (docs/energy.md). */

/** A measured system: events and joules of an inference. */
export interface MeasuredRow {
  readonly events: number;
  readonly energy: number;
}

/** The joules of an event for which the sum of squared relative errors is least. */
export function fitEnergyPerEvent(rows: readonly MeasuredRow[]): number {
  let [linear, square] = [0, 0];
  for (const { events, energy } of rows) {
    linear += events / energy;
    square += (events / energy) ** 2;
  }
  return linear / square;
}

/** Estimate over measurement of each row, fitted to the others. */
export function leaveOneOutRatios(rows: readonly MeasuredRow[]): number[] {
  return rows.map(({ events, energy }, left) => {
    const price = fitEnergyPerEvent(rows.filter((_, index) => index !== left));
    return (price * events) / energy;
  });
}

/** Largest relative error of a row that was left out of the fit. */
export function leaveOneOutError(rows: readonly MeasuredRow[]): number {
  return Math.max(...leaveOneOutRatios(rows).map((ratio) => Math.abs(ratio - 1)));
}
