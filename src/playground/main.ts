import { startApp } from './start-app.ts';
import { readArguments, USAGE, welcome } from './start-words.ts';
import { startPlayground } from './start.ts';

/** Runs until SIGTERM or SIGINT; a second signal does not wait for the tidying. */
async function play(port: number, keep: boolean): Promise<void> {
  // Heard from the start on: a start that is called off must leave nothing behind either.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
    // npm ends at a signal without passing it on.
    if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(resolve);
  });
  const playground = await startPlayground({
    port,
    keep,
    startApp,
    // Both as they lie beside the bundle, dist/playground.js.
    page: new URL('./playground/', import.meta.url),
    procedures: new URL('../procedures/', import.meta.url),
  });
  process.stdout.write(welcome(playground, keep));
  await stopped;
  process.stdout.write(keep ? `Stopping; the files stay in ${playground.folder}\n` : 'Stopping.\n');
  await playground.close();
  process.exit();
}

/** Calls back once whoever started this process is gone. */
function whenOrphaned(orphaned: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    orphaned();
  }, 250);
  watch.unref();
}

const read = readArguments(process.argv.slice(2));
if (read.kind === 'help') {
  process.stdout.write(USAGE);
} else if (read.kind === 'wrong') {
  process.stderr.write(`playground: ${read.why}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  await play(read.port, read.keep).catch((error: unknown) => {
    process.stderr.write(`playground: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
