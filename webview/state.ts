/** The panel's signals: what the host has said of the run and of what is computed beside it, and what the user has selected. */
import { signal } from '@preact/signals';
import type { PanelTarget } from '../src/protocol/webview.ts';
import { store, stored } from './host.ts';
import { initialAnalyses } from './model/analyses-state.ts';
import { restoreUi, type Cursor, type UiState } from './model/ui-state.ts';
import { targetSelection } from './model/target.ts';
import { initialView } from './model/view-state.ts';

export const view = signal(initialView);
export const analyses = signal(initialAnalyses);
export const ui = signal(restoreUi(stored().ui));

/** Stands apart from the rest, because it moves with every frame; it is stored once it rests. */
export const cursor = signal(ui.value.cursor);

export function select(change: Partial<UiState>): void {
  ui.value = { ...ui.value, ...change };
  storeUi();
}

function storeUi(): void {
  store({ ui: { ...ui.value, cursor: cursor.value } });
}

let resting: ReturnType<typeof setTimeout> | undefined;

export function moveCursor(change: Partial<Cursor>): void {
  cursor.value = { ...cursor.value, ...change };
  clearTimeout(resting);
  resting = setTimeout(storeUi, 250);
}

/**
 * For a chart over sequence steps: opens at the cursor's step, unless that is the first, where the cursor is before
 * anybody has moved it.
 */
export function sharedStep(): { readonly start: number | null; readonly onMove: (step: number) => void } {
  return {
    start: cursor.peek().step || null,
    onMove: (step) => {
      if (step !== cursor.peek().step) moveCursor({ step });
    },
  };
}

/** Selects what the run's text leads to, and brings it into sight once it is drawn. */
export function showTarget(target: PanelTarget): void {
  const { report } = view.value;
  if (report === null) return;
  select(targetSelection(report, target));
  // The first frame draws what has changed, the second lays it out in the tab that it is in.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      document.getElementById(`tab-${ui.value.tab}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      document.querySelector('.view [aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    }),
  );
}

/** A stored report is on its way: the window was reloaded. */
export const restoring = stored().report !== undefined;
