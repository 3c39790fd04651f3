/** What panel and command line say of explanations and sweeps beside their tables. */
import type { Cause, Evidence, Rung } from '../attribute/types.ts';
import type { PublishedSeries, Sweep } from '../sweep/types.ts';
export declare const evidenceWords: Readonly<Record<Evidence, string>>;
/** "+0.20 points of accuracy, output MSE −2.42e-4": with the fix, against without it. */
export declare function gainWords({ gain }: Cause): string;
/** A rung's part of the whole error, 0..1, below 0 where it takes some away; null where there is no error. */
export declare function partOfWhole(rung: Rung, rungs: readonly Rung[]): number | null;
/** "paper, rows of MNIST: T = 16 92.89 %, ...; analog 98.95 % (source)" */
export declare function publishedWords({ name, points, analogAccuracy, source }: PublishedSeries): string;
/** What a sweep took. */
export declare function effortWords({ simulated, reused, seconds }: Sweep): string;
/** "over 500 samples; trained network 99.20 % (97.96 – 99.69)" */
export declare function sweptSamplesWords({ samples, analog }: Pick<Sweep, 'samples' | 'analog'>): string;
/** "99.16 % of what is wrong" */
export declare function shareWords({ share }: Cause): string;
