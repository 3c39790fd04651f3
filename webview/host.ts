/** The webview's end of the messages, and what it keeps over a reload. */
import type { FromModelView } from '../src/protocol/model-view.ts';
import type { PanelState, ToHost } from '../src/protocol/webview.ts';

/** A page's own part stands beside the host's, so that neither overwrites the other. */
type StoredState = Partial<PanelState> & { readonly ui?: unknown };

interface VsCodeApi {
  postMessage(message: ToHost | FromModelView): void;
  getState(): StoredState | undefined;
  setState(state: StoredState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

// The editor hands the API out once for a page.
const api = acquireVsCodeApi();

export function post(message: ToHost | FromModelView): void {
  api.postMessage(message);
}

/** @param receive takes the messages of its page: each page has a host of its own. */
export function listen(receive: (message: never) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    receive(data as never);
  });
}

export function stored(): StoredState {
  return api.getState() ?? {};
}

export function store(change: StoredState): void {
  api.setState({ ...stored(), ...change });
}
