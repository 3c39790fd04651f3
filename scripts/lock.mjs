import fs from 'node:fs';
import path from 'node:path';

const alive = (pid) => {
  try {
    process.kill(pid, 0); // Signal 0 only asks whether the process is there.
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/**
 * Runs `work` while no other process runs it: two `npm` commands started side by side must not install into one
 * folder at once. The lock file holds the owner's process id, so a lock left behind by a crash is taken over.
 */
export async function withLock(file, work, log = console.log) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let owner;
    try {
      owner = Number(fs.readFileSync(file, 'utf8'));
    } catch {
      continue; // Released between the two calls: try again at once.
    }
    // An empty file is one whose owner is just about to write its id (or died in that instant: wait a second).
    const young =
      owner === 0 && Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 1000;
    if (!young && !(owner && alive(owner))) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) log(`Waiting for process ${owner}, which holds ${path.basename(file)}.`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
