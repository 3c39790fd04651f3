import type { ComponentChildren } from 'preact';
import { restoring, select, ui, view } from '../state.ts';
import type { Report } from '../../src/core/report/types.ts';
import { announcement } from '../model/progress.ts';
import { isEarlier } from '../model/view-state.ts';
import type { Tab } from '../model/ui-state.ts';
import { Panels } from '../ui/panels.tsx';
import { Calibrate } from './calibrate.tsx';
import { Chips } from './chips.tsx';
import { Cores } from './cores.tsx';
import { Empty } from './empty.tsx';
import { Energy } from './energy.tsx';
import { Errors } from './errors.tsx';
import { Explain } from './explain.tsx';
import { Findings } from './findings.tsx';
import { FiringRates } from './firing-rates.tsx';
import { Header } from './header.tsx';
import { Layers } from './layers.tsx';
import { Neurons } from './neurons.tsx';
import { Retrain } from './retrain.tsx';
import { RunState } from './run-state.tsx';
import { SweepView } from './sweep.tsx';
import { Summary } from './summary.tsx';

export function App() {
  const { report, run } = view.value;
  return (
    <main>
      <div role="status" class="for-screen-readers">
        {announcement(view.value)}
      </div>
      <RunState />
      {report === null ? run.kind === 'none' && <Empty restoring={restoring} /> : <Results report={report} />}
      {report === null && <Findings />}
    </main>
  );
}

function Results({ report }: { readonly report: Report }) {
  const { measured } = view.value;
  return (
    <div class="results">
      <Header report={report} earlier={isEarlier(view.value)} measured={measured} />
      {measured && <Summary report={report} />}
      <Findings />
      {measured ? <Tabs report={report} /> : <Layers report={report} mapped={false} />}
    </div>
  );
}

function Tabs({ report }: { readonly report: Report }) {
  const views: { id: Tab; title: string; view: () => ComponentChildren }[] = [
    { id: 'layers', title: 'Layers', view: () => <Layers report={report} mapped /> },
    { id: 'rates', title: 'Firing rates', view: () => <FiringRates report={report} /> },
    { id: 'errors', title: 'Error', view: () => <Errors report={report} /> },
    { id: 'neurons', title: 'Neurons', view: () => <Neurons report={report} /> },
    { id: 'cores', title: 'Cores', view: () => <Cores report={report} /> },
    { id: 'energy', title: 'Energy', view: () => <Energy report={report} /> },
    { id: 'chips', title: 'Chips', view: () => <Chips report={report} /> },
    { id: 'explain', title: 'Explain', view: () => <Explain report={report} /> },
    { id: 'sweep', title: 'Sweep', view: () => <SweepView report={report} /> },
    { id: 'calibrate', title: 'Calibrate', view: () => <Calibrate /> },
    { id: 'finetune', title: 'Retrain', view: () => <Retrain /> },
  ];
  return (
    <Panels
      label="Results"
      tabs={views}
      active={ui.value.tab}
      onChange={(tab) => {
        select({ tab });
      }}
    />
  );
}
