/** The view of a model: hears the host, draws, tells when it has drawn. */
import { render } from 'preact';
import type { ToModelView } from '../src/protocol/model-view.ts';
import { watchTheme } from './charts/theme.ts';
import { listen, post } from './host.ts';
import { receiveModel } from './model/model-view-state.ts';
import { choose, modelView } from './model-state.ts';
import { ModelApp } from './views/model-app.tsx';
import './panel.css';
import './model-view.css';

listen((message: ToModelView) => {
  modelView.value = receiveModel(modelView.value, message);
  if (message.type === 'select') {
    const layer = modelView.value.summary?.layers[message.layer];
    if (layer) choose({ layer: layer.name, search: '' });
  }
  if (message.type !== 'model') return;
  // The first frame draws what has changed, the second comes when it is on the screen.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      post({ type: 'painted' });
    }),
  );
});

watchTheme();
const root = document.getElementById('app');
if (root === null) throw new Error('The page has no element to draw into.');
render(<ModelApp />, root);
post({ type: 'ready' });
