/** Every message between the extension host and the view of a model. */
import type { FindingCode } from '../core/findings/types.ts';
import type { LayerOffer } from '../core/formats/weights/layer-choices.ts';
import type { LayerChoice } from '../core/formats/weights/state-dict.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';

export type ToModelView =
  /** Reading has begun, again where the file has changed: what is shown stays until there is more. */
  | { readonly type: 'reading' }
  /** `counted`: of all weights there is all that there will be. `offer`: what may be chosen, null where nothing. */
  | {
      readonly type: 'model';
      readonly summary: ModelSummary;
      readonly counted: boolean;
      readonly offer: LayerOffer | null;
    }
  | { readonly type: 'weights'; readonly counted: WeightsCounted }
  /** `code`: of the page that says more; null where there is none. */
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly code: FindingCode | null;
      readonly offer: LayerOffer | null;
    }
  /** Show this layer, from the outline. An index. */
  | { readonly type: 'select'; readonly layer: number };

export type FromModelView =
  /** The script has loaded and listens. */
  | { readonly type: 'ready' }
  /** The layers are on the screen. */
  | { readonly type: 'painted' }
  | { readonly type: 'convert' }
  /** Write these into the specification beside the model, a new one where there is none. */
  | { readonly type: 'chooseLayers'; readonly layers: readonly LayerChoice[] }
  | { readonly type: 'readAgain' }
  | { readonly type: 'openText' }
  | { readonly type: 'openPage'; readonly code: FindingCode }
  /** Save an exported picture or table, through the editor's save dialog. */
  | { readonly type: 'save'; readonly name: string; readonly content: string | Uint8Array };
