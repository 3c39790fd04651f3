/** A chart as it is drawn, with what a reader of the picture alone needs: title, legend, caption. */
import type { Series } from '../model/series.ts';
import { themeColour, themeFont } from './theme.ts';

interface Picture {
  readonly title: string;
  readonly caption: string;
  readonly kind: 'lines' | 'bars';
  readonly series: readonly Series[];
}

const margin = 12;
const line = 20;

export async function chartPng(chart: HTMLCanvasElement, picture: Picture): Promise<Uint8Array> {
  const scale = devicePixelRatio;
  const width = chart.width / scale;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gives no canvas to draw on.');
  context.font = themeFont(12);
  const items = placeLegend(context, picture.series, width);
  const legendLines = (items.at(-1)?.row ?? -1) + 1;
  const chartTop = margin + line + 4;
  const legendTop = chartTop + chart.height / scale + 6;
  canvas.width = (width + 2 * margin) * scale;
  canvas.height = (legendTop + (legendLines + 1) * line + margin) * scale;

  context.scale(scale, scale);
  context.fillStyle = themeColour('background');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(chart, margin, chartTop, width, chart.height / scale);
  context.textBaseline = 'middle';
  context.fillStyle = themeColour('foreground');
  context.font = themeFont(13, '600');
  context.fillText(picture.title, margin, margin + line / 2);
  context.font = themeFont(12);
  for (const { series, x, row } of items) {
    const y = legendTop + row * line + line / 2;
    drawSwatch(context, series, picture.kind, margin + x, y);
    context.fillStyle = themeColour('foreground');
    context.fillText(series.label, margin + x + swatchWidth + 6, y);
  }
  context.fillStyle = themeColour('muted');
  context.fillText(picture.caption, margin, legendTop + legendLines * line + line / 2, width);

  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (blob === null) throw new Error('The browser made no picture.');
  return new Uint8Array(await blob.arrayBuffer());
}

const swatchWidth = 24;

/** From left to right, on as many rows as it takes. */
function placeLegend(context: CanvasRenderingContext2D, list: readonly Series[], width: number) {
  let x = 0;
  let row = 0;
  return list.map((series) => {
    const needed = swatchWidth + 6 + context.measureText(series.label).width + 16;
    if (x > 0 && x + needed > width) {
      x = 0;
      row += 1;
    }
    const item = { series, x, row };
    x += needed;
    return item;
  });
}

function drawSwatch(
  context: CanvasRenderingContext2D,
  series: Series,
  kind: Picture['kind'],
  x: number,
  y: number,
): void {
  const colour = themeColour(series.colour);
  if (kind === 'bars') {
    context.fillStyle = colour;
    context.fillRect(x + 7, y - 5, 10, 10);
    return;
  }
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = series.width + 0.75;
  context.setLineDash([...series.dash]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + swatchWidth, y);
  context.stroke();
  context.restore();
}
