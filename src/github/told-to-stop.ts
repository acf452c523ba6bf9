/** Resolves at the first SIGTERM or SIGINT. Who sends a second one does not want to wait: the process ends, with code 1. */
export function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const tell = (): void => {
      if (told) process.exit(1);
      told = true;
      resolve();
    };
    process.on('SIGTERM', tell);
    process.on('SIGINT', tell);
  });
}
