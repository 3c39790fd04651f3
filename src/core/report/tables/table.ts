/** A table in words, as the command line prints it and an HTML report shows it. */

export interface TextColumn {
  /** With its unit. */
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface TextTable {
  readonly columns: readonly TextColumn[];
  /** One text for each column. */
  readonly rows: readonly (readonly string[])[];
}

export const left = (title: string): TextColumn => ({ title, align: 'left' });
export const right = (title: string): TextColumn => ({ title, align: 'right' });
