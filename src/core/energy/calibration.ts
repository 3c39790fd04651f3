/** Energy as one price times one count, fitted to whole-system measurements. See docs/energy.md. */
import type { Calibration, Chip } from '../chips/types.ts';
import type { EventCounts } from './counts.ts';
import type { EnergyReport, Range } from './types.ts';

/** What a calibration may count. `spikes`: sent by neurons and generators, the events on the mesh. */
export function calibrationEvents({
  events,
  sentSpikes,
}: EventCounts): Readonly<Record<Calibration['event'], number>> {
  return {
    spikes: sentSpikes,
    synapticOperations: events.synapticOperations,
    updates: events.updatesActive + events.updatesInactive,
  };
}

/** The energies from which the calibration's estimate is off by at most its leave-one-out error. */
export function calibratedEnergies(chip: Chip, counts: EventCounts): EnergyReport['calibrated'] {
  const events = calibrationEvents(counts);
  return chip.calibrations.map(({ name, event, energyPerEvent, leaveOneOutError: error, source, grade }) => ({
    name,
    energy: around(energyPerEvent * events[event], error),
    source,
    grade,
  }));
}

function around(estimate: number, error: number): Range {
  return { low: estimate / (1 + error), high: estimate / (1 - error) };
}
