/** How a run was made, for its page: versions, files with their hashes, the specification, times. */
import type { RunManifest } from '../../runs/manifest.ts';
import { formatCount, formatSeconds, noNumber } from '../format.ts';
import { left, right } from '../tables/table.ts';
import type { Report } from '../types.ts';
import { html, type Html } from './markup.ts';
import { section, settings, table } from './parts.ts';

/** @param manifest null where the report is not one of a kept run */
export function madeSection(report: Report, manifest: RunManifest | null): Html {
  const { model, specification, createdAt, spikewiseVersion, seconds } = report;
  return section('made', 'How it was made', [
    settings([
      { name: 'ended', value: createdAt },
      { name: 'Spikewise', value: spikewiseVersion },
      ...(manifest === null
        ? []
        : [
            { name: 'Node', value: `${manifest.versions.node}, ${manifest.versions.platform}` },
            { name: 'run', value: manifest.id },
          ]),
      { name: 'model', value: model.file },
      { name: 'specification', value: specification ?? 'none' },
      ...Object.entries(manifest?.overrides ?? {}).flatMap(([name, value]) =>
        typeof value === 'object'
          ? Object.entries(value).map(([of, file]) => ({ name: `command line: ${name}, ${of}`, value: file }))
          : [{ name: `command line: ${name}`, value: String(value) }],
      ),
      ...Object.entries(seconds).map(([stage, time]) => ({
        name: `time, ${stage}`,
        value: formatSeconds(time),
      })),
    ]),
    manifest === null ? null : filesTable(manifest),
    manifest?.specification ? specificationText(manifest.specification.text) : null,
  ]);
}

function filesTable({ files }: RunManifest): Html {
  return table('Files that the run read', {
    columns: [left('file'), left('as'), right('bytes'), left('SHA-256')],
    rows: files.map(({ role, path, bytes, sha256 }) => [path, role, formatCount(bytes), sha256 ?? noNumber]),
  });
}

function specificationText(text: string): Html {
  return html`<h3>Specification</h3>
    <pre tabindex="0" role="region" aria-label="Text of the specification">${text}</pre>`;
}
