/** A kept run in words, for lists. */
import { formatAccuracy, formatCount } from '../report/format.ts';
import type { RunManifest } from './manifest.ts';

/** "2026-11-25 03:16", in the time zone of this machine: sorts as it reads. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [String(date.getFullYear()), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes()].map(two).join(':')}`;
}

/** "98.20 %, T = 8, residual": what tells a run from the others of its specification. */
export function formatRun({ options, accuracy }: RunManifest): string {
  const { timesteps, coding, arithmetic } = options;
  const right =
    accuracy.agreement === null
      ? 'not simulated'
      : accuracy.spiking === null
        ? 'no labels'
        : formatAccuracy(accuracy.spiking);
  return [
    right,
    `T = ${formatCount(timesteps)}`,
    coding,
    ...(arithmetic === 'loihi' ? ['Loihi integers'] : []),
  ].join(', ');
}

/** What a run rests on, a line each. */
export function runDetails({ id, name, specification, summary, files, versions }: RunManifest): string[] {
  return [
    name,
    ...summary.map(({ label, value, detail }) => `${label}: ${value}${detail ? ` (${detail})` : ''}`),
    '',
    ...(specification === null ? [] : [`specification: ${specification.path}`]),
    ...files.map(
      ({ role, path, sha256 }) => `${role}: ${path}${sha256 ? ` (SHA-256 ${sha256.slice(0, 12)}…)` : ''}`,
    ),
    `Spikewise ${versions.spikewise}, Node ${versions.node}`,
    id,
  ];
}
