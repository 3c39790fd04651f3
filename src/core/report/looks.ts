/** How populations look: a gate looks the same in every chart and every run. */

/** Names of the editor's chart colours. */
export type PopulationColour = 'blue' | 'orange' | 'green' | 'purple' | 'red' | 'yellow';

export interface Look {
  readonly colour: PopulationColour;
  /** Lengths of dashes and gaps: lines are told apart without their colours. */
  readonly dash: readonly number[];
}

const looks: Readonly<Record<string, Look>> = {
  generator: { colour: 'red', dash: [1, 3] },
  i: { colour: 'blue', dash: [] },
  f: { colour: 'orange', dash: [7, 3] },
  c: { colour: 'green', dash: [3, 3] },
  o: { colour: 'purple', dash: [8, 3, 2, 3] },
  neurons: { colour: 'blue', dash: [] },
};
const plainLook: Look = { colour: 'yellow', dash: [5, 2] };

/** @param name of a population, as in the report */
export function populationLook(name: string): Look {
  return Object.hasOwn(looks, name) ? looks[name]! : plainLook;
}
