/**
 * Runs a task one at a time: however often it is asked for meanwhile, once more is enough. `failed` hears what it throws.
 */
export function createRefresher(task: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let asked = 0;
  let running = false;
  const run = async (): Promise<void> => {
    for (let served = 0; served !== asked;) {
      served = asked;
      await task().catch(failed);
    }
    running = false;
  };
  return () => {
    asked += 1;
    if (running) return;
    running = true;
    void run();
  };
}
