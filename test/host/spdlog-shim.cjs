'use strict';
// Stands in for the native module @vscode/spdlog, which is not compiled here (it needs build headers). Without it
// VS Code runs and seems well, but every output channel stays empty.
const fs = require('node:fs');
const path = require('node:path');

const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
  constructor(type, name, file) {
    this.file = file;
    this.level = 2;
    this.format = true;
    this.buffer = '';
  }
  write(level, message) {
    if (level < this.level) return;
    const local = new Date(Date.now() - new Date().getTimezoneOffset() * 60000);
    const time = local.toISOString().replace('T', ' ').replace('Z', '');
    this.buffer += this.format ? `${time} [${names[level]}] ${message}\n` : message;
    this.timer ??= setTimeout(() => this.flush(), 20);
  }
  trace(message) {
    this.write(0, message);
  }
  debug(message) {
    this.write(1, message);
  }
  info(message) {
    this.write(2, message);
  }
  warn(message) {
    this.write(3, message);
  }
  error(message) {
    this.write(4, message);
  }
  critical(message) {
    this.write(5, message);
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {
    this.format = false;
  }
  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.buffer) return;
    const text = this.buffer;
    this.buffer = '';
    try {
      fs.appendFileSync(this.file, text);
    } catch {
      // Its folder went away at shutdown.
    }
  }
  drop() {
    this.flush();
  }
}

const create = async (name, file) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.appendFileSync(file, '');
  return new Logger('rotating', name, file);
};

// One assignment each: VS Code imports this from an ES module, and Node finds named exports only in this form.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
