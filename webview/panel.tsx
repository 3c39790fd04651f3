/** The results panel: hears the host, draws, tells when it has drawn. */
import { render } from 'preact';
import type { ToWebview } from '../src/protocol/webview.ts';
import { listen, post, store } from './host.ts';
import { watchTheme } from './charts/theme.ts';
import { forgetDetails, receiveDetail } from './details.ts';
import { receiveAnalysis } from './model/analyses-state.ts';
import { receive } from './model/view-state.ts';
import { analyses, showTarget, view } from './state.ts';
import { App } from './views/app.tsx';
import './panel.css';

listen((message: ToWebview) => {
  if (message.type === 'detail') receiveDetail(message.message);
  if (message.type === 'analysis') analyses.value = receiveAnalysis(analyses.value, message.message);
  // What was told is of the run before.
  if (message.type === 'report' && message.report.createdAt !== view.value.report?.createdAt) forgetDetails();
  view.value = receive(view.value, message);
  if (message.type === 'select') showTarget(message);
  if (message.type !== 'report') return;
  if (message.uri !== undefined) store({ report: message.uri });
  const { createdAt } = message.report;
  // The first frame draws what has changed, the second comes when it is on the screen.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      post({ type: 'painted', createdAt });
    }),
  );
});

watchTheme();
const root = document.getElementById('app');
if (root === null) throw new Error('The page has no element to draw into.');
render(<App />, root);
post({ type: 'ready' });
