/** The panel's two signals: what the host has said, and what the user has selected. */
import { signal } from '@preact/signals';
import { store, stored } from './host.ts';
import { restoreUi, type UiState } from './model/ui-state.ts';
import { initialView } from './model/view-state.ts';

export const view = signal(initialView);
export const ui = signal(restoreUi(stored().ui));

export function select(change: Partial<UiState>): void {
  ui.value = { ...ui.value, ...change };
  store({ ui: ui.value });
}

/** A stored report is on its way: the window was reloaded. */
export const restoring = stored().report !== undefined;
