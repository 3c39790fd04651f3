/** Wall-clock seconds of a run, by stage. */
export interface Stopwatch {
  readonly lap: (stage: string) => void;
  readonly seconds: () => Record<string, number>;
}

export function stopwatch(): Stopwatch {
  const laps: Record<string, number> = {};
  let last = performance.now();
  return {
    lap: (stage) => {
      const now = performance.now();
      laps[stage] = (now - last) / 1000;
      last = now;
    },
    seconds: () => ({ ...laps }),
  };
}
