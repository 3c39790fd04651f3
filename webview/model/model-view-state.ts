/** What the view of a model shows, as a function of the messages so far, and what the user has chosen in it. */
import type { FindingCode } from '../../src/core/findings/types.ts';
import type { LayerOffer } from '../../src/core/formats/weights/layer-choices.ts';
import { withWeights } from '../../src/core/inspect/summary.ts';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import { formatCount } from '../../src/core/report/format.ts';
import type { ToModelView } from '../../src/protocol/model-view.ts';

export interface ModelViewState {
  readonly reading: boolean;
  readonly summary: ModelSummary | null;
  /** Of all weights there is all that there will be. */
  readonly counted: boolean;
  readonly failure: { readonly message: string; readonly code: FindingCode | null } | null;
  /** What may be chosen of the layers of a file of weights alone. */
  readonly offer: LayerOffer | null;
}

export const initialModelView: ModelViewState = {
  reading: true,
  summary: null,
  counted: false,
  failure: null,
  offer: null,
};

/** `select` changes nothing here: it is the user's choice, made elsewhere. */
export function receiveModel(view: ModelViewState, message: ToModelView): ModelViewState {
  switch (message.type) {
    case 'reading':
      return { ...view, reading: true };
    case 'model': {
      const { summary, counted, offer } = message;
      return { reading: !counted, summary, counted, failure: null, offer };
    }
    case 'weights':
      return { ...view, summary: view.summary && withWeights(view.summary, message.counted) };
    case 'failed': {
      const { message: words, code, offer } = message;
      return { reading: false, summary: null, counted: true, failure: { message: words, code }, offer };
    }
    case 'select':
      return view;
  }
}

/** For those who do not see the page: what is there, not every step. */
export function modelAnnouncement({ reading, summary, counted, failure }: ModelViewState): string {
  if (failure) return `The model cannot be shown: ${failure.message}`;
  if (!summary) return reading ? 'Reading the model' : '';
  const { layers, parameters } = summary;
  const words = `${formatCount(layers.length)} ${layers.length === 1 ? 'layer' : 'layers'}, ${formatCount(parameters)} parameters`;
  return counted ? words : `${words}; counting weights`;
}

export interface ModelUi {
  readonly search: string;
  /** Name of the layer whose weights are shown; null: the first that has any. */
  readonly layer: string | null;
  readonly asTable: boolean;
}

export const initialModelUi: ModelUi = { search: '', layer: null, asTable: false };

/** What was stored, where it is of the kinds above: it may be of another version. */
export function restoreModelUi(stored: unknown): ModelUi {
  if (typeof stored !== 'object' || stored === null) return initialModelUi;
  const { search, layer, asTable } = stored as Partial<Record<keyof ModelUi, unknown>>;
  return {
    search: typeof search === 'string' ? search : '',
    layer: typeof layer === 'string' ? layer : null,
    asTable: asTable === true,
  };
}
