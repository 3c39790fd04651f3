import type { LayerReport } from '../../src/core/report/types.ts';
import { select } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';

interface LayerChoiceProps {
  readonly layers: readonly LayerReport[];
  readonly layer: LayerReport;
}

/** The layer whose populations the charts over sequence steps show. */
export function LayerChoice({ layers, layer }: LayerChoiceProps) {
  return (
    <Dropdown
      label="Layer"
      options={layers.map(({ name, kind }) => ({ value: name, text: `${name} (${kind})` }))}
      value={layer.name}
      onChange={(name) => {
        select({ layer: name });
      }}
    />
  );
}
