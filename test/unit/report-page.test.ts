import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../src/core/report/compare.ts';
import { comparisonPage } from '../../src/core/report/html/comparison-page.ts';
import { floorPlan } from '../../src/core/report/html/floor-plan.ts';
import { escaped, html } from '../../src/core/report/html/markup.ts';
import { barChart, stepChart } from '../../src/core/report/html/charts.ts';
import { reportPage } from '../../src/core/report/html/report-page.ts';
import type { Report } from '../../src/core/report/types.ts';
import { madeUpReport } from '../browser/report.ts';
import { manifestOf } from '../support/runs.ts';

const report = madeUpReport();

/** Every text of the report through `change`, where it is a person's or a file's own words. */
function withWords(change: (words: string) => string): Report {
  const copy = structuredClone(report) as unknown as Record<string, unknown>;
  const words = new Set([
    'name',
    'kind',
    'message',
    'file',
    'format',
    'title',
    'note',
    'source',
    'specification',
    'layer',
    'createdAt',
  ]);
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const object = value as Record<string, unknown>;
    for (const [key, inner] of Object.entries(object)) {
      if (typeof inner === 'string' && words.has(key)) object[key] = change(inner);
      else walk(inner);
    }
  };
  walk(copy);
  return copy as unknown as Report;
}

const attack = `<img src=x onerror="alert(1)">'</style><script>alert(2)</script>&`;

describe('a page', () => {
  const hostile = withWords((words) => words + attack);
  const pages = {
    report: reportPage(hostile, manifestOf(hostile)),
    comparison: comparisonPage(compareReports(hostile, report)),
  };

  it.each(Object.entries(pages))('lets no name out of its place: %s', (_, page) => {
    expect(page).not.toMatch(/<(?:img|script)/i);
    expect(page).toContain('&lt;script&gt;alert(2)&lt;/script&gt;&amp;');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    // As many as the same report has without the attack.
    const tags = (text: string) => text.match(/<\/?[a-z]/gi)!.length;
    const plain = {
      report: reportPage(report, manifestOf(report)),
      comparison: comparisonPage(compareReports(report, report)),
    };
    expect(tags(pages.report)).toBe(tags(plain.report));
  });

  it.each([
    ['report', reportPage(report, manifestOf(report))],
    ['comparison', comparisonPage(compareReports(report, madeUpReport({ steps: 3 })))],
  ])('loads nothing and follows no address: %s', (_, page) => {
    expect(page).not.toMatch(/\s(?:src|href|srcset|action|style)=/);
    expect(page).not.toMatch(/url\(|@import/);
    expect(page).toContain(`default-src 'none'; style-src &#39;unsafe-inline&#39;`);
  });

  it('names its style where a policy asks for that', () => {
    const page = reportPage(report, null, { nonce: 'bm9uY2U=' });
    expect(page).toContain('<style nonce="bm9uY2U=">');
    expect(page).toContain('style-src &#39;nonce-bm9uY2U=&#39;');
  });

  it('says what the run was made of', () => {
    const page = reportPage(report, manifestOf(report));
    for (const words of [
      'cd'.repeat(32),
      '97,832',
      '&quot;model&quot;: &quot;model.json&quot;',
      manifestOf(report).id,
    ]) {
      expect(page).toContain(words);
    }
    expect(reportPage(report, null)).not.toContain('SHA-256');
  });

  it('holds the numbers of every table', () => {
    const page = reportPage(report, null);
    for (const words of [
      '98.20 %',
      '0.6127',
      '4.71e-3',
      'accuracy',
      'NeuroBench',
      'loihi',
      'MultiHeadAttention',
    ]) {
      expect(page.toLowerCase()).toContain(words.toLowerCase());
    }
    for (const { message, code } of report.findings) {
      expect(page).toContain(escaped(message));
      expect(page).toContain(code);
    }
  });

  it.each([
    { simulated: false },
    { labels: false },
    { cores: { lstm: 130, encoder: 7 } },
    { steps: 1 },
    { chip: 'loihi2' as const, prices: 'none' as const },
  ])('is made of any run: %j', (shape) => {
    const any = madeUpReport(shape);
    for (const page of [reportPage(any, null), comparisonPage(compareReports(any, report))]) {
      expect(page).toMatch(/^<!doctype html>/);
      expect(page).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('of a report without numbers has none', () => {
    const empty = JSON.parse(
      JSON.stringify(report, (key, value: unknown) =>
        typeof value === 'number' && key !== 'schemaVersion' ? null : value,
      ),
    ) as Report;
    expect(reportPage(empty, null)).not.toMatch(/undefined|NaN|\[object/);
    expect(comparisonPage(compareReports(empty, empty))).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('HTML', () => {
  it('is escaped but where it is HTML already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (words) => {
        const text = html`<p title="${words}">${[words, html`<b>${words}</b>`, null]}</p>`.text;
        expect(text.match(/[<>]/g)!.length).toBe(8);
        expect(text.match(/"/g)!.length).toBe(2);
        expect(text).not.toMatch(/[^\P{Cc}\t\n\r]/u);
      }),
    );
  });
});

describe('charts', () => {
  const number = fc.oneof(fc.constant(null), fc.double({ min: 0, max: 10, noNaN: true }));

  it('have every bar within the picture, longer for a greater value', () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('log' as const, 'linear' as const),
        (values, scale) => {
          const rows = values.map((value, n) => ({ label: `row ${n}`, values: [value], words: ['w'] }));
          const { text } = barChart('t', rows, scale);
          const widths = [...text.matchAll(/class="bar"[^>]*\bwidth="([^"]*)"/g)].map(([, width]) =>
            Number(width),
          );
          expect(widths).toHaveLength(values.length);
          for (const [n, width] of widths.entries()) {
            expect(width).toBeGreaterThanOrEqual(0);
            expect(width).toBeLessThanOrEqual(760 - 250 - 90 + 0.01);
            for (const [m, other] of widths.entries()) {
              if ((values[n] ?? 0) < (values[m] ?? 0)) expect(width).toBeLessThanOrEqual(other);
            }
          }
        },
      ),
    );
  });

  it('draw each stretch of values above 0', () => {
    const { text } = stepChart('t', [{ name: 'c', values: [0, 1, 2, null, 3, 0] }]);
    expect(text.match(/<polyline/g)).toHaveLength(1);
    expect(text.match(/<circle/g)).toHaveLength(1);
    expect(stepChart('t', [{ name: 'c', values: [0, 0] }]).text).not.toMatch(/NaN|Infinity|polyline/);
  });

  it('have a square for every core of the chip, and no picture of an endless one', () => {
    const { chip } = report;
    const { text } = floorPlan(chip, 0)!;
    const { columns, rows, coresPerTile } = chip.mesh;
    const used = chip.cores.filter((core) => core.chip === 0).length;
    expect(text.match(/class="used"/g)).toHaveLength(used);
    expect(text.match(/class="free"/g)).toHaveLength(columns * rows * coresPerTile - used);
    expect(floorPlan({ ...chip, mesh: { ...chip.mesh, columns: 1e9 } }, 0)).toBeNull();
  });
});
