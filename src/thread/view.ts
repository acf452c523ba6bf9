import type { PlanStep } from '../plan/types.ts';
import type { TaskState } from '../run/types.ts';

/** What a dry run shows of a step on a host, as its action tells it. */
export interface Preview {
  readonly kind: 'nothing' | 'text' | 'diff';
  readonly text: string;
}

/** What the thread shows and cannot know by itself. */
export interface View {
  /** By the step's action from what the look found; undefined where the action has no preview or nothing was looked at. */
  readonly preview?: (step: PlanStep, task: TaskState) => Preview | undefined;
}
