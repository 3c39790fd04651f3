/** From a place that the run's text names to what is selected in the panel. */
import type { RunSubject } from '../../src/core/report/document.ts';
import { outputPopulation } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { PanelTarget } from '../../src/protocol/webview.ts';
import { layerRows } from './layer-rows.ts';
import { firstLit, type Lit } from './plan.ts';
import type { UiState } from './ui-state.ts';

/** What changes in the panel, so that it shows the place; everything else stays as the user left it. */
export function targetSelection(report: Report, { tab, about }: PanelTarget): Partial<UiState> {
  if (about === null) return { tab };
  if (about.kind === 'core') {
    const { chip, core } = about;
    return { tab, chip, core: { chip, core } };
  }
  const lit: Lit = { layer: about.layer, population: about.kind === 'layer' ? null : about.population };
  const first = firstLit(report.chip, lit);
  return {
    tab,
    row: rowOf(report, about),
    layer: about.layer,
    // A layer that is on no core outlines none.
    ...(first && { lit, chip: first.chip }),
  };
}

/** Key of the row of a population, or of a layer as a whole: its output, where it has one. */
function rowOf({ layers }: Report, about: Exclude<RunSubject, { kind: 'core' }>): string | null {
  const rows = layerRows(layers).filter(({ layer }) => layer === about.layer);
  const wanted = about.kind === 'layer' ? outputPopulation : about.population;
  const row = rows.find(({ population }) => population === wanted) ?? rows[0];
  return row?.key ?? null;
}

/** What a row of the table of layers is about in the run's text. */
export function rowSubject(layer: string, population: string | null): RunSubject {
  return population === null || population === outputPopulation
    ? { kind: 'layer', layer }
    : { kind: 'population', layer, population };
}
