/**
 * What the axes of a value stand for. Exporters turn, squeeze and regroup axes around every recurrent layer;
 * following each axis tells which layer sees what.
 */

type Role = 'batch' | 'steps' | 'features' | 'directions';

/**
 * One original axis. Its role is found out at the first layer that needs it. Where values of two paths are put
 * together their axes become one, for all that has them already: what is found out of one holds for the other.
 */
export class Atom {
  /** What has become one with it; null where it stands for all of them. */
  private next: Atom | null = null;

  constructor(
    private ownSize: number | null,
    private ownRole: Role | null,
  ) {}

  /** Null where the model leaves it open. */
  get size(): number | null {
    return this.one.ownSize;
  }

  get role(): Role | null {
    return this.one.ownRole;
  }

  set role(role: Role | null) {
    this.one.ownRole = role;
  }

  /** The same for all that are one. */
  get one(): Atom {
    if (!this.next) return this;
    // Each on the way comes nearer to the end: rows of a thousand stay short.
    let at = this.next;
    while (at.next) {
      if (at.next.next) at.next = at.next.next;
      at = at.next;
    }
    this.next = at;
    return at;
  }

  /** @returns false where sizes or roles differ */
  become(other: Atom): boolean {
    const [own, others] = [this.one, other.one];
    if (!fits(own, others)) return false;
    if (own === others) return true;
    others.ownSize ??= own.ownSize;
    others.ownRole ??= own.ownRole;
    own.next = others;
    return true;
  }
}

function fits(a: Atom, b: Atom): boolean {
  const same = <T>(x: T | null, y: T | null) => x === null || y === null || x === y;
  return same(a.size, b.size) && same(a.role, b.role);
}

/** An axis of a value: the atoms that lie on it, outermost first; none for an axis of size 1. */
export type Axis = readonly Atom[];

/** An entry of a shape that is computed in the graph: known, that of an axis, or unknown. */
export type Size = number | Axis | null;

/** Null where an axis on it is open. */
export function axisSize(axis: Axis): number | null {
  let size = 1;
  for (const atom of axis) {
    if (atom.size === null) return null;
    size *= atom.size;
  }
  return size;
}

export function isOne(axis: Axis): boolean {
  return axis.every(({ size }) => size === 1);
}

/** Whether exactly one atom with something on it lies on the axis. */
export function only(axis: Axis): Atom | null {
  const [atom, more] = axis.length > 1 ? axis.filter(({ size }) => size !== 1) : axis;
  return more ? null : (atom ?? axis[0] ?? null);
}

/** An index from the end is negative. @returns null where there is no such axis. */
export function axisAt(axis: number, rank: number): number | null {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank ? at : null;
}

/**
 * Regroups axes to a new shape.
 * @param target As Reshape takes it: 0 keeps an axis unless `allowZero`, -1 (once) takes the rest.
 * @returns null where the new axes would cut one apart, or an open size leaves it unclear.
 */
export function reshape(axes: readonly Axis[], target: readonly Size[], allowZero: boolean): Axis[] | null {
  const atoms = axes.flat();
  const result: Axis[] = target.map(() => []);
  const keepsOrder = (size: Size) => size !== -1 && size !== null;
  const open = target.findIndex((size) => !keepsOrder(size));
  const front = open < 0 ? target.length : open;
  let first = 0;
  for (let i = 0; i < front; i++) {
    const taken = take(target[i]!, i, axes, atoms.slice(first), allowZero);
    if (!taken) return null;
    result[i] = taken;
    first += taken.length;
  }
  let last = atoms.length;
  for (let i = target.length - 1; i > open && open >= 0; i--) {
    const taken = take(target[i]!, i, axes, atoms.slice(first, last).reverse(), allowZero);
    if (!taken) return null;
    result[i] = taken.toReversed();
    last -= taken.length;
  }
  const rest = atoms.slice(first, last);
  if (open >= 0) result[open] = rest;
  else if (!isOne(rest)) return null;
  return result;
}

/** The next atoms that make up `size`. */
function take(
  size: Size,
  at: number,
  axes: readonly Axis[],
  next: readonly Atom[],
  allowZero: boolean,
): Axis | null {
  const wanted = size === 0 && !allowZero ? (axes[at] ?? null) : size;
  if (wanted === null) return null;
  if (typeof wanted !== 'number') {
    const taken = next.slice(0, wanted.length);
    return wanted.every(({ one }) => taken.some((atom) => atom.one === one)) ? taken : null;
  }
  if (wanted === 1) return next[0]?.size === 1 ? next.slice(0, 1) : [];
  let product = 1;
  for (const [i, atom] of next.entries()) {
    if (atom.size === null) return null;
    product *= atom.size;
    if (product === wanted) return next.slice(0, i + 1);
    if (product > wanted) return null;
  }
  return null;
}

/** The features of both directions of a layer, one behind the other, are features. */
export function joinDirections(axis: Axis): Axis {
  return axis.reduce<readonly Atom[]>((before, next) => {
    const last = before.at(-1);
    if (last?.role !== 'directions' || next.role !== 'features' || next.size === null)
      return [...before, next];
    return [...before.slice(0, -1), atom(last.size! * next.size, 'features')];
  }, []);
}

export function atom(size: number | null, role: Atom['role']): Atom {
  return new Atom(size, role);
}

/** Whether two axes have as many atoms, and those that lie on the same place can be one. */
export function canJoin(a: Axis, b: Axis): boolean {
  return a.length === b.length && a.every((atom, i) => fits(atom, b[i]!));
}

/** Has the atoms of two axes be one from now on. @returns false where they cannot be */
export function join(a: Axis, b: Axis): boolean {
  return a.length === b.length && b.every((atom, i) => atom.become(a[i]!));
}

/** Axes whose roles no recurrent layer has told are in the usual order: batch, then steps. */
export function settleRest(axes: readonly Axis[]): void {
  const atoms = axes.flat();
  for (const found of atoms) {
    if (found.role !== null) continue;
    found.role = atoms.some(({ role }) => role === 'batch') ? 'steps' : 'batch';
  }
}
