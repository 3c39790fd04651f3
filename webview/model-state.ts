/** The model view's two signals: what the host has said, and what the user has chosen. */
import { signal } from '@preact/signals';
import { store, stored } from './host.ts';
import { initialModelView, restoreModelUi, type ModelUi } from './model/model-view-state.ts';

export const modelView = signal(initialModelView);
export const modelUi = signal(restoreModelUi(stored().ui));

export function choose(change: Partial<ModelUi>): void {
  modelUi.value = { ...modelUi.value, ...change };
  store({ ui: modelUi.value });
}
