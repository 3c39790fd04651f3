/** How numbers about single neurons are written, and what is said of them. */
import { countExtremes, saturatedFrom, type Activity, type PopulationDetail } from '../detail/types.ts';
import { formatCount, formatSamples, formatSetting, noNumber } from './format.ts';

/** A value of a neuron or a membrane potential, four significant digits: "0.5125", "-1.2e-7". */
export function formatValue(value: number | null): string {
  return value !== null && Number.isFinite(value) ? String(Number(value.toPrecision(4))) : noNumber;
}

/** "0.9987" */
export function formatCorrelation(correlation: number | null): string {
  return correlation === null ? noNumber : correlation.toFixed(4);
}

/** "3 of 64 neurons are silent (not one spike), 2 are saturated (at the bound in more than 50 % of the windows)." */
export function formatActivity(activity: Activity, unit: 'neurons' | 'inputs'): string {
  const { silent, saturated } = countExtremes(activity);
  return (
    `${formatCount(silent)} of ${formatCount(activity.rate.length)} ${unit} ${silent === 1 ? 'is' : 'are'} silent ` +
    `(not one spike), ${formatCount(saturated)} ${saturated === 1 ? 'is' : 'are'} saturated (a spike of one sign at ` +
    `every time-step in more than ${formatSetting(100 * saturatedFrom)} % of the windows).`
  );
}

/** "Over 256 of 1,500 samples, evenly spaced", "Sample 17". @param available samples of the run */
export function formatLookedAt({ sample, samples }: PopulationDetail, available: number): string {
  if (sample !== null) return `Sample ${formatCount(sample)}`;
  return samples < available
    ? `Over ${formatCount(samples)} of ${formatSamples(available)}, evenly spaced`
    : `Over ${formatSamples(samples)}`;
}

/** "3 of 256 samples get another answer" */
export function formatFlips(flips: number, samples: number): string {
  if (flips === 0) return `All of ${formatSamples(samples)} get the same answer from both networks.`;
  return `${formatCount(flips)} of ${formatSamples(samples)} ${flips === 1 ? 'gets' : 'get'} another answer from the spiking network.`;
}
