// One place to import the test host from.
export { ensureHost, hosts } from './install.mjs';
export { startServer } from './server.mjs';
export { launchBrowser } from './browser.mjs';
export { runInHost } from './in-host.mjs';
export { Workbench } from './workbench.mjs';
