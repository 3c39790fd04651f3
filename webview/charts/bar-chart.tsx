import { useMemo } from 'preact/hooks';
import { barSeries, type Bar } from '../model/series.ts';
import { Chart, type ChartProps } from './chart.tsx';

interface BarChartProps extends Omit<ChartProps, 'series'> {
  readonly bars: readonly Bar[];
  /** With its unit. */
  readonly quantity: string;
  readonly format: (value: number) => string;
}

/** A bar for each population, in the model's order. */
export function BarChart({ bars, quantity, format, ...chart }: BarChartProps) {
  const series = useMemo(() => barSeries(bars), [bars]);
  const x = useMemo(() => bars.map((_, index) => index), [bars]);
  const labels = bars.map(({ layer, population }) => `${layer}/${population}`);
  return (
    <Chart
      {...chart}
      series={series}
      drawing={{
        kind: 'bars',
        x,
        xTitle: 'Layer/population',
        xLabels: labels,
        yTitle: quantity,
        yLog: false,
        format,
        description:
          `${chart.title}: ${quantity} of ${bars.length} populations. ` +
          'Left and right arrow keys read values; "Show as table" gives all numbers.',
        place: (index) => labels[index] ?? '',
      }}
    />
  );
}
