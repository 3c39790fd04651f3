import assert from 'node:assert/strict';
import * as vscode from 'vscode';

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('spikewise.spikewise');
  assert.ok(found, 'the extension is not installed');
  return found;
}

describe('activation', () => {
  it('activates', async function () {
    // The editor's own start takes both cores for a while.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const start = performance.now();
    await extension().activate();
    // In the title rather than asserted: a busy machine must not fail the test, a reader should still see it grow.
    this.test!.title += ` in ${Math.round(performance.now() - start)} ms`;
    assert.equal(extension().isActive, true);
  });

  it('registers every command that the manifest declares', async () => {
    const manifest = extension().packageJSON as { contributes?: { commands?: { command: string }[] } };
    const declared = (manifest.contributes?.commands ?? []).map(({ command }) => command);
    assert.ok(declared.length > 0, 'the manifest declares no command');
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
