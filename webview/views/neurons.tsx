/** Single neurons of a layer: where they err, how they fire, which answers they change, and one of them over time. */
import { formatCount, formatPopulation } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { chooseNeurons, hasChanged, populationsOf, type NeuronChoice } from '../model/neuron-choice.ts';
import { comparedLayers } from '../model/series.ts';
import { select, ui } from '../state.ts';
import { Divider } from '../ui/divider.tsx';
import { Dropdown } from '../ui/dropdown.tsx';
import { NumberField } from '../ui/number-field.tsx';
import { Flips } from './flips.tsx';
import { LayerChoice } from './layer-choice.tsx';
import { NeuronTraceView } from './neuron-trace.tsx';
import { PopulationView } from './population.tsx';
import { useTold } from './told.tsx';

export function Neurons({ report }: { readonly report: Report }) {
  const choice = chooseNeurons(report, ui.value);
  if (choice === null)
    return <p class="view muted">No layer was compared: there are no neurons to look at.</p>;
  return (
    <section class="view">
      <Choices report={report} choice={choice} />
      <Changed report={report} />
      <PopulationView report={report} choice={choice} />
      <Divider />
      <NeuronTraceView report={report} choice={choice} />
      <Divider />
      <Flips report={report} />
    </section>
  );
}

function Choices({ report, choice }: { readonly report: Report; readonly choice: NeuronChoice }) {
  const { layer, population, sample } = choice;
  const last = report.options.samples - 1;
  return (
    <div class="controls">
      <LayerChoice layers={comparedLayers(report.layers)} layer={layer} />
      <Dropdown
        label="Population"
        options={populationsOf(layer).map((name) => ({ value: name, text: formatPopulation(name) }))}
        value={population}
        onChange={(name) => {
          select({ population: name });
        }}
      />
      <NumberField
        label={`Sample, 0 to ${formatCount(last)}`}
        min={0}
        max={last}
        value={sample}
        placeholder="all"
        onInput={(chosen) => {
          select({ sample: chosen });
        }}
      />
    </div>
  );
}

/** The networks are loaded from their files, which may have changed since the run. */
function Changed({ report }: { readonly report: Report }) {
  const told = useTold<'run'>({ kind: 'run' });
  if (told?.state !== 'told' || !hasChanged(report.options, told.answer.options)) return null;
  return (
    <div class="notice" role="status">
      <p>
        The specification or its data have changed since this run: what is shown here is of the files as they
        are now. Convert again to see both of the same run.
      </p>
    </div>
  );
}
