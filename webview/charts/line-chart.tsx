import { useMemo } from 'preact/hooks';
import { stepNumbers } from '../model/series.ts';
import { Chart, type ChartProps } from './chart.tsx';

interface LineChartProps extends ChartProps {
  /** With its unit. */
  readonly quantity: string;
  readonly log: boolean;
  readonly format: (value: number) => string;
}

/** Lines over sequence steps. */
export function LineChart({ quantity, log, format, ...chart }: LineChartProps) {
  const steps = useMemo(() => stepNumbers(chart.series), [chart.series]);
  const lines = chart.series.map(({ label }) => label).join('; ');
  return (
    <Chart
      {...chart}
      drawing={{
        kind: 'lines',
        x: steps,
        xTitle: 'Sequence step',
        yTitle: quantity,
        yLog: log,
        format,
        description:
          `${chart.title}: ${quantity} over ${steps.length} sequence steps, lines: ${lines}. ` +
          'Left and right arrow keys read values; "Show as table" gives all numbers.',
        place: (index) => `step ${String(steps[index])}`,
      }}
    />
  );
}
