/** Every message between the extension host and the view of a model. */
import type { FindingCode } from '../core/findings/types.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';

export type ToModelView =
  /** Reading has begun, again where the file has changed: what is shown stays until there is more. */
  | { readonly type: 'reading' }
  /** `counted`: of all weights there is all that there will be. */
  | { readonly type: 'model'; readonly summary: ModelSummary; readonly counted: boolean }
  | { readonly type: 'weights'; readonly counted: WeightsCounted }
  /** `code`: of the page that says more; null where there is none. */
  | { readonly type: 'failed'; readonly message: string; readonly code: FindingCode | null }
  /** Show this layer, from the outline. An index. */
  | { readonly type: 'select'; readonly layer: number };

export type FromModelView =
  /** The script has loaded and listens. */
  | { readonly type: 'ready' }
  /** The layers are on the screen. */
  | { readonly type: 'painted' }
  | { readonly type: 'convert' }
  | { readonly type: 'readAgain' }
  | { readonly type: 'openText' }
  | { readonly type: 'openPage'; readonly code: FindingCode }
  /** Save an exported picture or table, through the editor's save dialog. */
  | { readonly type: 'save'; readonly name: string; readonly content: string | Uint8Array };
