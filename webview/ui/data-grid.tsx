import type { ComponentChildren } from 'preact';
import { SortIcon } from '../icons.tsx';
import { element } from './toolkit.ts';

export type Direction = 'ascending' | 'descending';

export interface GridColumn<Row, Key extends string = string> {
  readonly key: Key;
  readonly title: string;
  /** A track of a CSS grid: "minmax(90px, 1fr)". */
  readonly width: string;
  readonly numeric?: boolean;
  /** Unit or meaning, as a tooltip. */
  readonly hint?: string;
  readonly cell: (row: Row) => ComponentChildren;
}

interface DataGridProps<Row, Key extends string> {
  readonly label: string;
  readonly columns: readonly GridColumn<Row, Key>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Headers sort where this is given. */
  readonly onSort?: (key: Key) => void;
  readonly sort?: { readonly column: Key; readonly direction: Direction } | null;
  /** Rows can be selected where this is given. */
  readonly onSelect?: (row: Row) => void;
  readonly isSelected?: (row: Row) => boolean;
}

/** Arrow keys move from cell to cell; Enter or Space on a header sorts, on any other cell selects its row. */
export function DataGrid<Row, Key extends string>(props: DataGridProps<Row, Key>) {
  const { label, columns, rows, rowKey, onSort, sort, onSelect, isSelected } = props;
  const header = columns.map((column, index) => (
    <HeaderCell
      key={column.key}
      column={column}
      index={index}
      direction={onSort === undefined ? undefined : sort?.column === column.key ? sort.direction : 'none'}
      onSort={() => onSort?.(column.key)}
    />
  ));
  return (
    <div class="grid-scroll">
      {element(
        'data-grid',
        {
          'aria-label': label,
          'generate-header': 'none',
          'grid-template-columns': columns.map(({ width }) => width).join(' '),
        },
        {},
        element('data-grid-row', { 'row-type': 'header' }, { key: 'header' }, header),
        rows.map((row) =>
          element(
            'data-grid-row',
            onSelect === undefined ? {} : { 'aria-selected': String(isSelected?.(row) ?? false) },
            { key: `row ${rowKey(row)}`, ...(onSelect && selection(row, onSelect)) },
            columns.map((column, index) =>
              element(
                'data-grid-cell',
                { 'grid-column': String(index + 1) },
                { key: column.key, class: column.numeric ? 'numeric' : undefined },
                column.cell(row),
              ),
            ),
          ),
        ),
      )}
    </div>
  );
}

function selection<Row>(row: Row, onSelect: (row: Row) => void) {
  return {
    class: 'selectable',
    onClick: () => {
      onSelect(row);
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      onSelect(row);
    },
  };
}

interface HeaderCellProps {
  readonly column: {
    readonly title: string;
    readonly hint?: string | undefined;
    readonly numeric?: boolean | undefined;
  };
  readonly index: number;
  /** Undefined where it cannot be sorted by. */
  readonly direction: Direction | 'none' | undefined;
  readonly onSort: () => void;
}

function HeaderCell({ column, index, direction, onSort }: HeaderCellProps) {
  const sortable = direction !== undefined;
  return element(
    'data-grid-cell',
    { 'cell-type': 'columnheader', 'grid-column': String(index + 1), 'aria-sort': direction },
    {
      class: [column.numeric ? 'numeric' : '', sortable ? 'sortable' : ''].join(' ').trim(),
      title: [column.hint, sortable ? 'Enter or click sorts' : undefined].filter(Boolean).join('. '),
      onClick: onSort,
      onKeyDown: (event) => {
        if (!sortable || (event.key !== 'Enter' && event.key !== ' ')) return;
        event.preventDefault();
        onSort();
      },
    },
    <span class="header-text">
      {column.title}
      {sortable ? <SortIcon direction={direction} /> : null}
    </span>,
  );
}
