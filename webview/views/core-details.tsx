import { resources, type Resource } from '../../src/core/chips/types.ts';
import type { ChipUsage, CoreUsage } from '../../src/core/map/types.ts';
import {
  formatAverage,
  formatCount,
  formatEnergy,
  formatPercent,
  formatPopulation,
  formatRange,
  formatResource,
  notPublished,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { neuronRange, resourceTitle } from '../model/core-tables.ts';
import { metricValues, type CoreId } from '../model/plan.ts';
import { post } from '../host.ts';
import { Link } from '../ui/link.tsx';

interface CoreDetailsProps {
  readonly report: Pick<Report, 'chip' | 'energy'>;
  readonly id: CoreId | null;
}

/** What lives on a core, what limits it, what it spends. */
export function CoreDetails({ report, id }: CoreDetailsProps) {
  return (
    <div class="core-details" role="region" aria-label="Core" aria-live="polite">
      {id === null ? (
        <p class="muted">Point at a core, or select one, to see what lives there.</p>
      ) : (
        <Core report={report} id={id} />
      )}
    </div>
  );
}

function Core({ report, id }: { readonly report: CoreDetailsProps['report']; readonly id: CoreId }) {
  const { chip } = report;
  const index = chip.cores.findIndex(({ chip, core }) => chip === id.chip && core === id.core);
  const usage = chip.cores[index];
  const tile = Math.floor(id.core / chip.mesh.coresPerTile);
  return (
    <>
      <h4>
        Core {id.core}
        <span class="muted">
          tile {tile}
          {chip.chipsUsed > 1 ? `, chip ${id.chip}` : ''}
        </span>
      </h4>
      {usage === undefined ? (
        <p class="muted">Unused.</p>
      ) : (
        <>
          <Link
            title={`Show core ${id.core} in the run's text`}
            onClick={() => {
              post({ type: 'openRunText', about: { kind: 'core', ...id } });
            }}
          >
            Show in text
          </Link>
          <ul class="core-populations">
            {usage.populations.map((share) => (
              <li key={`${share.layer}/${share.population}/${share.from}`}>
                <strong>{share.layer}</strong> {formatPopulation(share.population)}{' '}
                <span class="muted">
                  {share.neurons === 1 ? 'neuron' : 'neurons'} {neuronRange(share)}
                </span>
              </li>
            ))}
          </ul>
          <p>
            Limited by <strong>{formatResource(usage.limitedBy)}</strong>
          </p>
          <Resources chip={chip} usage={usage} />
          <Spent report={report} usage={usage} index={index} />
        </>
      )}
    </>
  );
}

function Resources({ chip, usage }: { readonly chip: ChipUsage; readonly usage: CoreUsage }) {
  return (
    <dl class="facts">
      {resources.map((resource) => (
        <div key={resource}>
          <dt>{resourceTitle(resource)}</dt>
          <dd>
            {formatCount(usage[resource])}{' '}
            {chip.limits[resource] === null
              ? `(limit ${notPublished})`
              : `of ${formatCount(chip.limits[resource])}`}
          </dd>
          <dd class="fact-part">{formatPercent(usage.utilisation[resource])}</dd>
          <Meter usage={usage} resource={resource} />
        </div>
      ))}
    </dl>
  );
}

export function Meter({ usage, resource }: { readonly usage: CoreUsage; readonly resource: Resource }) {
  const part = usage.utilisation[resource];
  if (part === null) return null;
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width: `${100 * Math.min(1, part)}%` }} />
    </span>
  );
}

interface SpentProps {
  readonly report: CoreDetailsProps['report'];
  readonly usage: CoreUsage;
  readonly index: number;
}

function Spent({ report: { chip, energy }, usage: { traffic }, index }: SpentProps) {
  if (traffic === null) return <p class="muted">Nothing was simulated: no traffic, no energy.</p>;
  const share = metricValues(chip, energy, 'traffic')[index] ?? null;
  const spent = energy?.cores[index];
  const facts: readonly (readonly [string, string, string])[] = [
    [
      'Share of traffic',
      `${formatAverage(traffic.received)} in, ${formatAverage(traffic.sent)} out`,
      formatPercent(share),
    ],
    ...(spent === undefined
      ? []
      : [
          [
            'Share of energy',
            formatRange(spent.energy, formatEnergy),
            formatPercent(spent.energyShare),
          ] as const,
        ]),
    ['Synaptic operations', formatAverage(traffic.synapticOperations), ''],
    ['Spikes', formatAverage(traffic.spikes), ''],
    ['Hops', formatAverage(traffic.hops), ''],
  ];
  return (
    <>
      <p class="muted">Per inference</p>
      <dl class="facts">
        {facts.map(([name, value, part]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd class="fact-part">{part}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
