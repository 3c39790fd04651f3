/** A run as text: what stands on which line, and what the editor says beside it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/findings/types.ts';
import { hoverOf, layerNotes } from '../../src/core/report/document-notes.ts';
import {
  documentFolds,
  documentText,
  layerFiringRate,
  lineAbout,
  runDocument,
  type RunSubject,
} from '../../src/core/report/document.ts';
import {
  formatAverage,
  formatError,
  formatPercent,
  formatRate,
  formatResource,
  summary,
} from '../../src/core/report/format.ts';
import type { ChartColours } from '../../src/core/report/small-charts.ts';
import type { LayerReport, Report } from '../../src/core/report/types.ts';
import { madeUpReport } from '../browser/report.ts';

/** Read over by a person; docs/run-document.md shows parts of it. `vitest -u` writes it anew. */
const golden = '../golden/run-document/mnist-rows.spikewise-run';
const grammarFile = new URL('../../media/spikewise-run.tmLanguage.json', import.meta.url);

const ofCore: Finding = {
  code: 'core-nearly-full',
  severity: 'info',
  layer: 'lstm',
  core: { chip: 0, core: 0 },
  message: '1 of 1 core of layer lstm is over 90 % full.',
  place: { file: 'specification', path: ['chip'] },
  fixes: [],
};
const ofGate: Finding = {
  code: 'mse-above-tolerance',
  severity: 'warning',
  layer: 'lstm',
  population: 'f',
  message: 'Mean squared error of lstm/f is 4.71e-3, above the tolerance of 0.004.',
  place: { file: 'specification', path: ['tolerance', 'mse'] },
  fixes: [],
};
const ofRun: Finding = { ...ofGate, code: 'accuracy-below-tolerance', layer: null, message: 'Too low.' };

function report(findings: readonly Finding[] = []): Report {
  const made = madeUpReport();
  return { ...made, findings: [...made.findings, ...findings] };
}

const colours: ChartColours = {
  ...{ blue: '#000001', orange: '#000002', green: '#000003', purple: '#000004', red: '#000005' },
  ...{ yellow: '#000006', foreground: '#000007', muted: '#000008' },
};

describe('the text of a run', () => {
  it('is as documented', async () => {
    const text = documentText(runDocument(report([ofCore, ofGate, ofRun])));
    await expect(text).toMatchFileSnapshot(golden);
  });

  it('has the numbers of the panel', () => {
    const made = report();
    const { lines } = runDocument(made);
    for (const { label, value } of summary(made)) {
      const name = label.charAt(0).toLowerCase() + label.slice(1);
      const line = lines.find(({ text }) => text.startsWith(`  ${name}  `));
      expect(
        line?.text
          .slice(2 + name.length)
          .trimStart()
          .slice(0, value.length),
      ).toBe(value);
    }
    for (const layer of made.layers) {
      for (const { name, firingRate, spikesPerSample, mse, maxError } of layer.populations) {
        const line = textOf(made, { kind: 'population', layer: layer.name, population: name });
        const numbers = [formatRate(firingRate), formatAverage(spikesPerSample)];
        for (const number of [...numbers, formatError(mse), formatError(maxError)]) {
          expect(line).toContain(` ${number}`);
        }
      }
    }
    for (const core of made.chip.cores) {
      const line = textOf(made, { kind: 'core', chip: core.chip, core: core.core });
      const fullest = formatPercent(core.utilisation[core.limitedBy]);
      expect(line).toContain(`${fullest} ${formatResource(core.limitedBy)}`);
    }
  });

  it('keeps its columns when values change', () => {
    const made = report();
    const other: Report = {
      ...made,
      layers: made.layers.map((layer) => ({
        ...layer,
        populations: layer.populations.map((p) =>
          p.name === 'i' ? { ...p, mse: 0, firingRate: 1, spikesPerSample: 123_456.7 } : p,
        ),
      })),
    };
    const [before, after] = [textLines(made), textLines(other)];
    const changed = before.filter((line, index) => line !== after[index]);
    expect(changed.map((line) => line.trim().slice(0, 13))).toEqual(['i, input gate', 'i, input gate']);
    for (const [index, line] of before.entries()) {
      if (line.includes('max error')) expect(after[index]!.indexOf('MSE')).toBe(line.indexOf('MSE'));
    }
  });

  it('says what was not simulated or not published', () => {
    const none = madeUpReport({ simulated: false });
    const made: Report = {
      ...none,
      layers: none.layers.map((layer) => ({ ...layer, output: null, populations: [] })),
      chip: {
        ...none.chip,
        cores: none.chip.cores.map((core) => ({
          ...core,
          utilisation: { ...core.utilisation, [core.limitedBy]: null },
        })),
      },
    };
    const text = documentText(runDocument(made));
    expect(text).toMatch(/analog accuracy +not simulated/);
    expect(text).toContain('limit not published');
    expect(textOf(made, { kind: 'layer', layer: 'lstm' })).toMatch(/^ {2}lstm +LSTM +spiking$/);
  });
});

describe('findings', () => {
  const made = report([ofCore, ofGate, ofRun]);
  const { lines, findingLines } = runDocument(made);

  it('are about the core, else the population, else the layer that they name', () => {
    const about = made.findings.map((_, index) => lines[findingLines[index]!]!);
    expect(about.map(({ about }) => about)).toEqual([
      { kind: 'layer', layer: 'lstm' },
      { kind: 'layer', layer: 'lstm' },
      { kind: 'layer', layer: 'dense' },
      { kind: 'core', chip: 0, core: 0 },
      { kind: 'population', layer: 'lstm', population: 'f' },
      null,
    ]);
    expect(about[5]!.finding).toBe(5);
  });

  it('stand below what they are about, each once, in its words', () => {
    for (const [index, { code, severity, message }] of made.findings.entries()) {
      const comments = lines.flatMap(({ finding }, line) => (finding === index ? [line] : []));
      expect(comments).toHaveLength(1);
      const [line] = comments;
      expect(lines[line!]!.text.trim()).toBe(`# ${severity} ${code}: ${message}`);
      const between = lines.slice(findingLines[index]! + 1, line);
      expect(between.every(({ finding }) => finding !== null)).toBe(true);
    }
  });

  it('about what the run does not have stand by themselves', () => {
    const lost = report([
      { ...ofGate, layer: 'gone' },
      { ...ofCore, layer: null, core: { chip: 9, core: 9 } },
    ]);
    const document = runDocument(lost);
    for (const index of [3, 4]) expect(document.lines[document.findingLines[index]!]!.finding).toBe(index);
  });
});

describe('any run', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 40 });
  const population = fc.record({
    name: fc.oneof(fc.constantFrom('generator', 'i', 'f', 'c', 'o', 'neurons'), name),
    neurons: fc.nat(),
    firingRate: fc.oneof(fc.double({ min: 0, max: 1 }), fc.constant(Number.NaN)),
    spikesPerSample: fc.double({ min: 0, max: 1e9, noNaN: true }),
    mse: fc.double({ min: 0, max: 1, noNaN: true }),
    maxError: fc.double({ min: 0, max: 2, noNaN: true }),
    perStep: fc.constant({ mse: [0, 1], maxError: [0, 1], firingRate: [0, 1] }),
  });
  const layer: fc.Arbitrary<LayerReport> = fc.record({
    name,
    kind: name,
    runsAs: fc.constantFrom('spiking', 'analog', 'unsupported', 'nothing'),
    output: fc.constant(null),
    populations: fc.uniqueArray(population, { maxLength: 4, selector: (p) => p.name }),
  });
  const layers = fc.uniqueArray(layer, { maxLength: 5, selector: (l) => l.name });
  const message = fc.string({ unit: 'grapheme' });
  const any = fc.tuple(layers, fc.nat(12), message).map(([layers, cores, message]): Report => {
    const made = madeUpReport();
    const [core] = made.chip.cores;
    const populations = layers.flatMap((layer) =>
      layer.populations.map((p) => ({ layer: layer.name, population: p.name, neurons: 3, from: 0 })),
    );
    return {
      ...made,
      layers,
      findings: layers.map((layer) => ({ ...ofRun, layer: layer.name, message })),
      chip: {
        ...made.chip,
        cores: Array.from({ length: cores }, (_, n) => ({
          ...core!,
          ...{ chip: n % 2, core: n, populations },
        })),
      },
    };
  });

  it('has exactly one line for each layer, population and core', () => {
    fc.assert(
      fc.property(any, (made) => {
        const document = runDocument(made);
        const wanted: RunSubject[] = [
          ...made.layers.flatMap((layer): RunSubject[] => [
            { kind: 'layer', layer: layer.name },
            ...layer.populations.map(
              (p) => ({ kind: 'population', layer: layer.name, population: p.name }) as const,
            ),
          ]),
          ...made.chip.cores.map(({ chip, core }) => ({ kind: 'core', chip, core }) as const),
        ];
        expect(document.lines.flatMap(({ about }) => (about ? [about] : []))).toEqual(wanted);
        for (const subject of wanted) {
          expect(document.lines[lineAbout(document, subject)!]!.about).toEqual(subject);
        }
      }),
    );
  });

  it('is a line of text for each line of the document, and its columns lie in them', () => {
    fc.assert(
      fc.property(any, (made) => {
        const document = runDocument(made);
        const text = documentText(document);
        expect(text.split(/\r\n|[\r\n\u2028\u2029]/)).toHaveLength(document.lines.length + 1);
        for (const { text, name, mentions } of document.lines) {
          for (const [from, to] of [name, ...mentions.map(({ columns }) => columns)]) {
            expect(from).toBeLessThanOrEqual(to);
            expect(to).toBeLessThanOrEqual(text.length);
          }
        }
      }),
    );
  });

  it('folds what belongs together, and folds lie within one another', () => {
    fc.assert(
      fc.property(any, (made) => {
        const { lines } = runDocument(made);
        const folds = documentFolds({ lines, findingLines: [] });
        for (const { start, end } of folds) {
          expect(end).toBeGreaterThan(start);
          const inside = lines.slice(start + 1, end + 1);
          expect(inside.every(({ depth }) => depth > lines[start]!.depth)).toBe(true);
          expect((lines[end + 1]?.depth ?? 0) <= lines[start]!.depth).toBe(true);
        }
        const deeper = lines.filter((line, index) => (lines[index + 1]?.depth ?? 0) > line.depth);
        expect(folds).toHaveLength(deeper.length);
      }),
    );
  });
});

describe('beside the lines', () => {
  const made = report();
  const lstm = made.layers.find(({ name }) => name === 'lstm')!;

  it('a layer says its firing rate, its error and its cores, and where the panel shows them', () => {
    const rate = formatRate((0.4312 + 0.6127 + 0.2846 + 0.3914) / 4);
    const cores = made.chip.cores.filter(({ populations }) => populations.some((p) => p.layer === 'lstm'));
    expect(layerNotes(made, lstm)).toEqual([
      { words: `firing rate ${rate}`, tab: 'rates' },
      { words: `MSE ${formatError(lstm.output!.mse)}`, tab: 'errors' },
      { words: `${cores.length} ${cores.length === 1 ? 'core' : 'cores'}`, tab: 'cores' },
    ]);
    const [input] = made.layers;
    expect(layerNotes(made, input!)).toEqual([]);
  });

  it('the firing rate of a layer is that of its neurons, not of its spike generator', () => {
    const [generator, i, f] = lstm.populations;
    const two = { ...lstm, populations: [generator!, { ...i!, neurons: 1 }, { ...f!, neurons: 3 }] };
    expect(layerFiringRate(two)).toBeCloseTo((i!.firingRate + 3 * f!.firingRate) / 4, 12);
    expect(layerFiringRate({ ...lstm, populations: [] })).toBeNull();
  });

  it('a population points from its core to its line', () => {
    const document = runDocument(made);
    const at = document.lines.find(({ about }) => about?.kind === 'core')!;
    const [core] = made.chip.cores;
    expect(at.mentions.map(({ about }) => about)).toEqual(
      core!.populations.map(({ layer, population }) => ({ kind: 'population', layer, population })),
    );
    expect(at.mentions.map(({ columns }) => at.text.slice(...columns))).toEqual(
      core!.populations.map((p) => `${p.layer}/${p.population} ${p.neurons}`),
    );
  });

  it('charts draw every step, and every population in its own look', () => {
    const hover = hoverOf(made, { kind: 'layer', layer: 'lstm' }, colours)!;
    const [bars, lines] = hover.charts.map(({ svg }) => svg);
    for (const { firingRate } of lstm.populations) expect(bars).toContain(`>${formatRate(firingRate)}<`);
    const drawn = [...lines!.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points!.split(' '));
    expect(drawn.map((points) => points.length)).toEqual(Array.from({ length: 6 }, () => 28));
    expect(new Set(lines!.match(/stroke="#00000\d"/g)).size).toBeGreaterThanOrEqual(6);
  });

  it('charts of very long sequences stay small, and keep the peak', () => {
    const values = Array.from({ length: 100_000 }, (_, step) => (step === 54_321 ? 1 : 0.5));
    const long: Report = {
      ...made,
      layers: [{ ...lstm, output: { ...lstm.output!, perStep: { mse: values, maxError: values } } }],
    };
    const { charts } = hoverOf(long, { kind: 'layer', layer: 'lstm' }, colours)!;
    expect(charts.reduce((sum, { svg }) => sum + svg.length, 0)).toBeLessThan(40_000);
    // The top of the plot.
    expect(charts[1]!.svg).toMatch(/points="[^"]*\d,20 /);
  });

  it('names out of files cannot leave the text of a chart', () => {
    const evil = '</title><script>"&';
    const layers = [{ ...lstm, name: evil }];
    const svgs = hoverOf({ ...made, layers }, { kind: 'layer', layer: evil }, colours)!.charts.map(
      ({ svg }) => svg,
    );
    for (const svg of svgs) expect(svg).not.toContain('<script>');
  });

  it('a core shows every resource, and nothing is said of what the run does not have', () => {
    const [core] = made.chip.cores;
    const hover = hoverOf(made, { kind: 'core', chip: core!.chip, core: core!.core }, colours)!;
    expect(hover.charts[0]!.svg.match(/fill="#00000[12]"/g)).toHaveLength(7);
    expect(hover.tab).toBe('cores');
    expect(hoverOf(made, { kind: 'core', chip: 7, core: 7 }, colours)).toBeNull();
    expect(hoverOf(made, { kind: 'population', layer: 'lstm', population: 'x' }, colours)).toBeNull();
    expect(hoverOf(made, { kind: 'layer', layer: 'gone' }, colours)).toBeNull();
  });
});

interface Rule {
  readonly match?: string;
  readonly begin?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
}

describe('the grammar', () => {
  const { repository } = JSON.parse(readFileSync(grammarFile, 'utf8')) as {
    repository: Record<string, Rule>;
  };
  const rule = (name: string): RegExp =>
    new RegExp(repository[name]!.match ?? repository[name]!.begin!, 'gm');
  const sections: Record<string, string> = {
    ...{ model: 'settings', options: 'settings', results: 'settings' },
    ...{ layers: 'layers', cores: 'cores' },
  };

  it('knows what stands on every line', () => {
    const made = report([ofCore, ofGate, ofRun]);
    for (const { text, section, about, finding, file, name } of runDocument(made).lines) {
      const [, type] = /^ *# (error|warning|info) /.exec(text) ?? [];
      const wanted = section
        ? sections[section]!
        : (about?.kind ?? (finding === null ? (text.startsWith('#') ? null : 'setting') : type!));
      if (wanted === null || text === '') continue;
      const found = [...text.matchAll(rule(wanted))];
      expect(found, text).toHaveLength(1);
      // The first part is what the line is named by; of a file that is its path.
      expect(found[0]![file === null ? 1 : 2]).toBe(text.slice(...name).replace(/^# /, ''));
    }
  });

  it('finds every number of a layer and every population of a core', () => {
    const made = report();
    for (const { text, about, mentions } of runDocument(made).lines) {
      if (about?.kind === 'population') expect(text.match(rule('measure'))).toHaveLength(5);
      if (about?.kind !== 'core') continue;
      const shares = [...text.replace(rule('core'), '').matchAll(rule('share'))];
      expect(shares.map(([, layer, population]) => `${layer}/${population}`)).toEqual(
        mentions.map(({ about }) => about.kind === 'population' && `${about.layer}/${about.population}`),
      );
    }
  });

  it('includes only what it has', () => {
    const names = JSON.stringify(repository).matchAll(/"include":"#([a-z]+)"/g);
    for (const [, name] of names) expect(Object.keys(repository)).toContain(name);
  });
});

function textLines(made: Report): string[] {
  return runDocument(made).lines.map(({ text }) => text);
}

function textOf(made: Report, subject: RunSubject): string {
  const document = runDocument(made);
  return document.lines[lineAbout(document, subject)!]!.text;
}
