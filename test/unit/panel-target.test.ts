/** From the run's text into the panel: what is selected there. */
import { describe, expect, it } from 'vitest';
import { initialUi } from '../../webview/model/ui-state.ts';
import { layerRows } from '../../webview/model/layer-rows.ts';
import { rowSubject, targetSelection } from '../../webview/model/target.ts';
import { madeUpReport } from '../browser/report.ts';

const report = madeUpReport();

describe('a place in the panel', () => {
  it('is the row of every population, and of every layer', () => {
    for (const { key, layer, population } of layerRows(report.layers)) {
      const about = rowSubject(layer, population);
      expect(targetSelection(report, { tab: 'layers', about })).toMatchObject({
        tab: 'layers',
        row: key,
        layer,
      });
    }
  });

  it('outlines the cores of what it is about, on a chip that has them', () => {
    const about = { kind: 'population', layer: 'encoder', population: 'f' } as const;
    const selected = targetSelection(report, { tab: 'cores', about });
    expect(selected.lit).toEqual({ layer: 'encoder', population: 'f' });
    const moved = {
      ...report,
      chip: {
        ...report.chip,
        chipsUsed: 2,
        cores: report.chip.cores.map((core) =>
          core.populations.some(({ layer }) => layer === 'encoder') ? { ...core, chip: 1 } : core,
        ),
      },
    };
    expect(targetSelection(moved, { tab: 'cores', about }).chip).toBe(1);
  });

  it('leaves what is outlined where the layer is on no core', () => {
    const lit = { layer: 'lstm', population: null };
    const change = targetSelection(report, { tab: 'errors', about: { kind: 'layer', layer: 'dense' } });
    expect({ ...initialUi, lit, ...change }.lit).toEqual(lit);
  });

  it('is a core of a chip, or a tab alone', () => {
    expect(targetSelection(report, { tab: 'cores', about: { kind: 'core', chip: 1, core: 7 } })).toEqual({
      tab: 'cores',
      chip: 1,
      core: { chip: 1, core: 7 },
    });
    expect(targetSelection(report, { tab: 'rates', about: null })).toEqual({ tab: 'rates' });
  });
});
