/** The webview's end of the messages, and what it keeps over a reload. */
import type { PanelState, ToHost, ToWebview } from '../src/protocol/webview.ts';

/** The panel's own part stands beside the host's, so that neither overwrites the other. */
type StoredState = Partial<PanelState> & { readonly ui?: unknown };

interface VsCodeApi {
  postMessage(message: ToHost): void;
  getState(): StoredState | undefined;
  setState(state: StoredState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

// The editor hands the API out once for a page.
const api = acquireVsCodeApi();

export function post(message: ToHost): void {
  api.postMessage(message);
}

export function listen(receive: (message: ToWebview) => void): void {
  window.addEventListener('message', (event: MessageEvent<ToWebview>) => {
    receive(event.data);
  });
}

export function stored(): StoredState {
  return api.getState() ?? {};
}

export function store(change: StoredState): void {
  api.setState({ ...stored(), ...change });
}
