/**
 * Places the cores of a chip on its mesh so that spikes travel few hops. Spikes go by row and column, so the way
 * between two tiles is the difference of their columns plus that of their rows.
 */
import type { Chip } from '../chips/types.ts';

export interface Mesh {
  readonly columns: number;
  readonly rows: number;
  readonly coresPerTile: number;
  readonly processorTile: number;
}

/** Spikes a sample, or what stands for them, between the cores of one chip. */
export interface Flows {
  /** [cores] between a core and the embedded processors. */
  readonly processors: readonly number[];
  /** Between two cores. */
  readonly cores: readonly { readonly from: number; readonly to: number; readonly spikes: number }[];
}

export function meshOf({ mesh }: Chip): Mesh {
  return {
    columns: mesh.columns.value,
    rows: mesh.rows.value,
    coresPerTile: mesh.coresPerTile.value,
    processorTile: mesh.processorTile.value,
  };
}

/** Cores of one chip. */
export function coresOf({ columns, rows, coresPerTile }: Mesh): number {
  return columns * rows * coresPerTile;
}

/** Hops east-west and north-south between two tiles. */
export function hops(
  mesh: Mesh,
  from: number,
  to: number,
): { readonly eastWest: number; readonly northSouth: number } {
  const { columns } = mesh;
  return {
    eastWest: Math.abs((from % columns) - (to % columns)),
    northSouth: Math.abs(Math.floor(from / columns) - Math.floor(to / columns)),
  };
}

function distance(mesh: Mesh, from: number, to: number): number {
  const { eastWest, northSouth } = hops(mesh, from, to);
  return eastWest + northSouth;
}

/**
 * The busiest cores nearest to the processors, which is the optimum where all spikes go there; then, where
 * cores send to each other, swaps of two places as long as one saves hops.
 * @returns [cores] the place of each: tile * coresPerTile + place in the tile
 */
export function place(mesh: Mesh, flows: Flows): readonly number[] {
  const cores = flows.processors.length;
  const near = Array.from({ length: coresOf(mesh) }, (_, slot) => slot)
    .map((slot) => ({ slot, far: distance(mesh, tileOf(mesh, slot), mesh.processorTile) }))
    .sort((a, b) => a.far - b.far || a.slot - b.slot);
  const through = [...flows.processors];
  for (const { from, to, spikes } of flows.cores) {
    through[from]! += spikes;
    through[to]! += spikes;
  }
  const busiest = through.map((_, core) => core).sort((a, b) => through[b]! - through[a]! || a - b);
  const slots = new Array<number>(cores);
  busiest.forEach((core, rank) => (slots[core] = near[rank]!.slot));
  return flows.cores.length > 0 ? swapped(mesh, flows, slots) : slots;
}

function tileOf({ coresPerTile }: Mesh, slot: number): number {
  return Math.floor(slot / coresPerTile);
}

/** Rounds of swaps; each round tries every pair of a used place and any other. */
const mostRounds = 8;
/** Ways between two cores that are looked at, in all: a second or so, whatever the chip. */
const mostWays = 2e8;

function swapped(mesh: Mesh, flows: Flows, start: readonly number[]): readonly number[] {
  const slots = [...start];
  const total = coresOf(mesh);
  /** [slots] the core there, -1 where there is none. */
  const at = new Array<number>(total).fill(-1);
  slots.forEach((slot, core) => (at[slot] = core));
  const { cost, ways } = costOf(mesh, flows, slots);
  const asPlaced = (): number[] => slots.map((slot, core) => cost(core, tileOf(mesh, slot), -1, -1));
  let now = asPlaced();
  for (let round = 0, saved = true; saved && round < mostRounds; round++) {
    saved = false;
    for (let core = 0; core < slots.length; core++) {
      for (let slot = 0; slot < total; slot++) {
        if (ways() > mostWays) return slots;
        const from = slots[core]!;
        const [here, there] = [tileOf(mesh, from), tileOf(mesh, slot)];
        if (here === there) continue;
        const other = at[slot]!;
        const before = now[core]! + (other < 0 ? 0 : now[other]!);
        const after = cost(core, there, other, here) + (other < 0 ? 0 : cost(other, here, core, there));
        if (after >= before * (1 - 1e-9)) continue;
        slots[core] = slot;
        at[slot] = core;
        at[from] = other;
        if (other >= 0) slots[other] = from;
        now = asPlaced();
        saved = true;
      }
    }
  }
  return slots;
}

/** Hops of a core's spikes, were it on one tile and another core on another, and how many ways were looked at. */
function costOf(mesh: Mesh, flows: Flows, slots: readonly number[]) {
  const partners: { readonly core: number; readonly spikes: number }[][] = slots.map(() => []);
  for (const { from, to, spikes } of flows.cores) {
    partners[from]!.push({ core: to, spikes });
    partners[to]!.push({ core: from, spikes });
  }
  const column = (tile: number): number => tile % mesh.columns;
  const row = (tile: number): number => Math.floor(tile / mesh.columns);
  let ways = 0;
  const cost = (core: number, tile: number, other: number, otherTile: number): number => {
    const [x, y] = [column(tile), row(tile)];
    const to = (end: number): number => Math.abs(x - column(end)) + Math.abs(y - row(end));
    let sum = flows.processors[core]! * to(mesh.processorTile);
    for (const partner of partners[core]!) {
      sum += partner.spikes * to(partner.core === other ? otherTile : tileOf(mesh, slots[partner.core]!));
    }
    ways += partners[core]!.length + 1;
    return sum;
  };
  return { cost, ways: () => ways };
}
