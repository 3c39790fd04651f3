/** The ledger against measurements, as docs/energy.md shows it. */
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { checks, printChecks, printFits, readActivity } from '../support/measurements.ts';

/** @param file activity.json of test/golden/table1 */
export function printEnergy(file: URL): void {
  const [chip, activity] = [builtinChip('loihi1'), readActivity(file)];
  console.log(`${printChecks(checks(chip, activity))}\n\n${printFits(chip, activity)}\n`);
}
