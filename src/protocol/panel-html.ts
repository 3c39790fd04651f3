/** The results panel's page. No DOM and no editor types: the host fills in the addresses. */

export interface PanelPage {
  /** The webview's `cspSource`. */
  readonly cspSource: string;
  /** Fresh for every page. */
  readonly nonce: string;
  readonly scriptUri: string;
  readonly styleUri: string;
}

/**
 * Nothing loads but our script, our style and the editor's fonts. The nonce stands in `style-src` and in a
 * meta element too: the component toolkit adds one style element with it, for its focus rings.
 */
export function panelPolicy({ cspSource, nonce }: Pick<PanelPage, 'cspSource' | 'nonce'>): string {
  return [
    `default-src 'none'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
  ].join('; ');
}

export function panelHtml(page: PanelPage): string {
  const { nonce, scriptUri, styleUri } = page;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${attribute(panelPolicy(page))}">
  <meta property="csp-nonce" content="${attribute(nonce)}">
  <link rel="stylesheet" href="${attribute(styleUri)}">
  <title>Spikewise</title>
</head>
<body>
  <div id="app"></div>
  <script type="module" nonce="${attribute(nonce)}" src="${attribute(scriptUri)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
