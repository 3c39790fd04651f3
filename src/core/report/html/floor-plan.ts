/** Floor plans of a report page: which cores of a chip are used, and how full each is. */
import type { ChipUsage, CoreUsage } from '../../map/types.ts';
import { html, px, type Html } from './markup.ts';

const cell = 30;
const padding = 3;
/** Above a tile's cores, for its number. */
const head = 12;
const gap = 4;
/** A chip file may describe any mesh. */
const mostCores = 2048;

/** @returns null where the mesh is none, or too large for a picture */
export function floorPlan({ mesh, cores, name }: ChipUsage, chip: number): Html | null {
  const { columns, rows, coresPerTile, processorTile } = mesh;
  const count = columns * rows * coresPerTile;
  if (!(count > 0 && count <= mostCores)) return null;
  const across = Math.ceil(Math.sqrt(coresPerTile));
  const tileWidth = across * cell + 2 * padding;
  const tileHeight = Math.ceil(coresPerTile / across) * cell + head + 2 * padding;
  const used = new Map(cores.filter((core) => core.chip === chip).map((core) => [core.core, core]));
  const tiles = Array.from({ length: columns * rows }, (_, tile) => {
    const x = 1 + (tile % columns) * (tileWidth + gap);
    const y = 1 + Math.floor(tile / columns) * (tileHeight + gap);
    const cells = Array.from({ length: coresPerTile }, (_, place) => {
      const core = tile * coresPerTile + place;
      const left = x + padding + (place % across) * cell;
      return drawCore(used.get(core), left, y + head + padding + Math.floor(place / across) * cell);
    });
    return html`<rect
        class="${tile === processorTile ? 'processors' : 'frame'}"
        x="${px(x)}"
        y="${px(y)}"
        width="${tileWidth}"
        height="${tileHeight}"
      /><text class="small quiet" x="${px(x + 4)}" y="${px(y + 10)}">${tile}</text>${cells}`;
  });
  const [width, height] = [columns * (tileWidth + gap), rows * (tileHeight + gap)];
  return html`<svg
    role="img"
    aria-label="Floor plan of ${name}, chip ${chip}: ${used.size} of ${count} cores used"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
  >
    ${tiles}
  </svg>`;
}

function drawCore(core: CoreUsage | undefined, x: number, y: number): Html {
  const size = cell - 2;
  const box = html`x="${px(x + 1)}" y="${px(y + 1)}" width="${size}" height="${size}"`;
  if (!core) return html`<rect class="free" ${box} />`;
  const full = core.utilisation[core.limitedBy] ?? 0;
  // Text on it must stay legible.
  const opacity = 0.1 + 0.45 * Math.min(1, Math.max(0, full));
  return html`<rect class="used" fill-opacity="${px(opacity)}" ${box} /><text
      class="small middle"
      x="${px(x + cell / 2)}"
      y="${px(y + cell / 2 + 4)}"
      >${Math.round(100 * full)}</text
    >`;
}
