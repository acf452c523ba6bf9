import {
  type Claim,
  type End,
  endOf,
  howOf,
  type JobFolder,
  keyOf,
  readRequest,
  readScript,
  type Reply,
  type RunFolder,
  type Watcher,
} from './kit-folder.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** A host behind the job kit: what `kit-*.ts` does there, each of its system calls that others can see an atom. */
export class SimHost {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #watcher: Watcher;
  readonly runs = new Map<string, RunFolder>();
  /** What it says of a run that is over here, or barred. */
  readonly closed = new Map<string, string>();
  /** Runs that were barred from here, each while nothing of it lived. */
  readonly barred = new Set<string>();
  lock: { readonly run: string; readonly line: string } | undefined;
  up = true;
  boots = 0;
  /** What is in place there, by step and item. */
  readonly inPlace = new Set<string>();
  #pid = 100;

  constructor(name: string, scheduler: Scheduler, watcher: Watcher) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#watcher = watcher;
  }

  get boot(): string {
    return `boot-${this.name}-${String(this.boots)}`;
  }

  /** It goes down in the middle of whatever it does. */
  goDown(): void {
    this.up = false;
    this.boots += 1;
    for (const { jobs } of this.runs.values()) for (const job of jobs.values()) job.alive = false;
  }

  /** Does what a request of the kit asks for, which came from this process. */
  ask(text: string, by: Process, reply: Reply): void {
    const { verb, words } = readRequest(text);
    const [run = '', ...rest] = words;
    switch (verb) {
      case 'co_job':
        this.#job(run, rest, text, by, reply);
        return;
      case 'co_follow':
        this.#report(run, `${rest[0] ?? ''}/${rest[1] ?? ''}`, Number(rest[2]), reply);
        return;
      case 'co_settle':
        this.#settle(run, rest, reply);
        return;
      case 'co_kill':
        this.#kill(run, `${rest[0] ?? ''}/${rest[1] ?? ''}`, by, reply);
        return;
      case 'co_jobs':
        reply(this.#jobs(run, rest[0] ?? ''));
        return;
      case 'co_raise':
        if (!this.closed.has(run)) this.#raise(run, Number(rest[0]));
        reply(['raised']);
        return;
      case 'co_tidy':
        for (const path of rest) this.#tidy(run, path);
        reply(['tidied']);
        return;
      case 'co_lock':
        reply([this.#lock(run, rest[1] ?? '')]);
        return;
      case 'co_look':
        reply([this.lock === undefined ? 'lock free' : `lock held ${this.lock.run} ${this.lock.line}`]);
        return;
      case 'co_living':
        reply(this.#living(run));
        return;
      case 'co_bar':
        this.#bar(run, rest[0] ?? '', by, reply);
        return;
      case 'co_unlock':
        reply([this.#unlock(run, Number(rest[0]))]);
        return;
      case 'co_close':
        reply([this.#close(run, rest[0] ?? '')]);
        return;
      default:
        throw new Error(`The kit knows no ${verb}.`);
    }
  }

  #living(run: string): readonly string[] {
    const jobs = [...(this.runs.get(run)?.jobs ?? [])];
    return jobs.filter(([, job]) => howOf(job) === 'running').map(([path]) => `living ${path}`);
  }

  /** What claims before the mark is there lives, or sees it; so it is looked for twice. */
  #bar(run: string, words: string, by: Process, reply: Reply): void {
    const before = this.#living(run);
    if (before.length > 0) {
      reply(before);
      return;
    }
    this.#then(1, 'a bar marks', by, () => {
      if (!this.closed.has(run)) this.closed.set(run, `barred ${words}`);
      this.#then(1, 'a bar looks again', by, () => {
        const living = this.#living(run);
        if (living.length === 0) {
          if (this.lock?.run === run) this.lock = undefined;
          this.barred.add(run);
          this.#watcher.barred(this.name, run, words);
        }
        reply(living);
      });
    });
  }

  #folder(run: string): RunFolder {
    const found = this.runs.get(run) ?? { top: 0, jobs: new Map<string, JobFolder>() };
    this.runs.set(run, found);
    return found;
  }

  #raise(run: string, epoch: number): void {
    const folder = this.#folder(run);
    folder.top = Math.max(folder.top, epoch);
  }

  /** A later epoch than this host knows of is raised here. */
  #meet(run: string, epoch: number): number {
    if (epoch !== 1 && epoch > (this.runs.get(run)?.top ?? 0)) this.#raise(run, epoch);
    return this.runs.get(run)?.top ?? 0;
  }

  #jobFolder(run: string, path: string): JobFolder {
    const { jobs } = this.#folder(run);
    const job = jobs.get(path) ?? { path, topThen: 0, out: '', tidied: false, alive: false, answer: () => undefined };
    jobs.set(path, job);
    return job;
  }

  #void(run: string, path: string): boolean {
    const job = this.#jobFolder(run, path);
    if (job.start !== undefined) return false;
    job.start = 'void';
    return true;
  }

  #isSettled(run: string, path: string): boolean {
    const job = this.#jobFolder(run, path);
    if (job.start === undefined) return this.#void(run, path);
    return job.start === 'void' || job.end !== undefined || !job.alive;
  }

  /** Why another attempt forbids this one. */
  #others(run: string, task: string, name: string): string | undefined {
    const [phase = '', attempt = ''] = name.split('.');
    for (const path of [...this.#folder(run).jobs.keys()]) {
      if (!path.startsWith(`${task}/`) || path === `${task}/${name}`) continue;
      const other = path.slice(task.length + 1);
      const [otherPhase, otherAttempt] = other.split('.');
      if (otherPhase === phase && Number(otherAttempt) > Number(attempt)) return `refused later ${other}`;
      if (!this.#isSettled(run, path)) return `refused unsettled ${other}`;
    }
    const before = `${task}/${phase}.${String(Number(attempt) - 1)}`;
    if (Number(attempt) > 1 && !this.#folder(run).jobs.has(before)) this.#void(run, before);
    return undefined;
  }

  #job(run: string, rest: readonly string[], text: string, by: Process, reply: Reply): void {
    const [task = '', name = '', , epochWord = '', limit = ''] = rest;
    const epoch = Number(epochWord);
    const from = Number(rest[9]);
    const head = rest[12] ?? '';
    const path = `${task}/${name}`;
    if (this.closed.has(run)) {
      reply(['refused closed']);
      return;
    }
    const top = this.#meet(run, epoch);
    if (this.runs.get(run)?.jobs.get(path)?.start !== undefined) {
      this.#report(run, path, from, reply);
      return;
    }
    if (top > epoch) {
      reply([`refused epoch ${String(top)}`]);
      return;
    }
    const refused = this.#others(run, task, name);
    if (refused !== undefined) {
      reply([refused]);
      return;
    }
    const job = this.#jobFolder(run, path);
    this.#then(1, 'a job claims', by, () => {
      if (job.start !== undefined) {
        this.#report(run, path, from, reply);
        return;
      }
      job.start = { pid: (this.#pid += 1), boot: this.boot, epoch, head };
      job.topThen = this.runs.get(run)?.top ?? 0;
      job.alive = true;
      job.answer = () => {
        this.#report(run, path, from, reply);
      };
      this.#wrap(run, job, job.start, text, Number(limit) * 10, by);
    });
  }

  /** The wrapper, once it has claimed: looks whether it still may, works, says how it ended. */
  #wrap(run: string, job: JobFolder, claim: Claim, text: string, limitMs: number, by: Process): void {
    const began = this.#scheduler.now;
    const finish = (end: End['end'], reached: string, code: string): void => {
      this.#then(1, 'a job ends', by, () => {
        if (!job.alive) return;
        job.end = { end, reached, code, took: Math.ceil((this.#scheduler.now - began) / 10) };
        job.alive = false;
        job.answer();
      });
    };
    this.#then(1, 'a job looks again', by, () => {
      if ((this.runs.get(run)?.top ?? 0) > claim.epoch || this.closed.has(run)) {
        finish('void', 'prepare', '-');
        return;
      }
      const script = readScript(text);
      const key = `${script.step} ${script.item}`;
      const jobKey = keyOf(job.path);
      const fate = this.#watcher.fateOf(this.name, script, jobKey);
      if (text.includes('.probe.') && this.inPlace.has(key)) {
        finish('nothing', 'probe', '0');
        return;
      }
      this.#then(Math.min(fate.ms, limitMs), 'a job works', by, () => {
        if (!job.alive) return;
        if (fate.how !== 'fails') {
          if (script.what === 'do') this.inPlace.add(key);
          else this.inPlace.delete(key);
        }
        job.out += `${script.what} ${key} ${String(jobKey.attempt)}\n`;
        this.#watcher.worked(this.name, { run, job: jobKey, script, epoch: claim.epoch, topThen: job.topThen });
        const verifies = text.includes('.verify.');
        if (fate.how === 'times_out') finish('timed_out', 'apply', '-');
        else if (fate.how === 'fails' || fate.how === 'fails_after') finish('failed', 'apply', '1');
        else if (fate.how === 'unverified' && verifies) finish('failed', 'verify', '1');
        else finish('done', verifies ? 'verify' : 'apply', '0');
      });
    });
  }

  /** Goes on unless the host has gone down meanwhile. */
  #then(ms: number, name: string, by: Process, run: () => void): void {
    const { boots } = this;
    const goOn = (): void => {
      if (this.up && this.boots === boots) run();
    };
    this.#scheduler.after(ms, name, undefined, goOn, by);
  }

  #report(run: string, path: string, from: number, reply: Reply): void {
    const top = String(this.runs.get(run)?.top ?? 0);
    const job = this.runs.get(run)?.jobs.get(path);
    if (job?.start === undefined) {
      reply([`job none ${top}`]);
      return;
    }
    if (job.start === 'void' || job.end?.end === 'void') {
      reply([`job void ${top}`]);
      return;
    }
    const { pid, boot } = job.start;
    const how = howOf(job);
    const words = ['job', how, top, String(pid), boot];
    const text = job.tidied ? '' : job.out.slice(from);
    reply([`${words.join(' ')} ${endOf(job)}`.trimEnd()], text === '' ? undefined : { from, text });
  }

  #settle(run: string, [task = '', name = '', , epochWord = '', from = '']: readonly string[], reply: Reply): void {
    const path = `${task}/${name}`;
    if (this.closed.has(run)) {
      reply(['refused closed']);
      return;
    }
    const top = this.#meet(run, Number(epochWord));
    if (this.runs.get(run)?.jobs.get(path)?.start === undefined) {
      if (top > Number(epochWord)) {
        reply([`refused epoch ${String(top)}`]);
        return;
      }
      this.#void(run, path);
    }
    this.#report(run, path, Number(from), reply);
  }

  #kill(run: string, path: string, by: Process, reply: Reply): void {
    const job = this.runs.get(run)?.jobs.get(path);
    if (job === undefined || howOf(job) !== 'running') {
      reply(['kill over']);
      return;
    }
    this.#then(30, 'a job is killed', by, () => {
      if (!job.alive || job.end !== undefined) return;
      job.end = { end: 'killed', reached: 'apply', code: '-', took: 3 };
      job.alive = false;
      job.answer();
    });
    reply(['kill asked']);
  }

  #jobs(run: string, host: string): readonly string[] {
    const closed = this.closed.get(run);
    const jobs = [...(this.runs.get(run)?.jobs.values() ?? [])].filter(({ path }) => path.startsWith(`${host}/`));
    const found = jobs.map((job) => {
      const claim = job.start === undefined || job.start === 'void' ? undefined : job.start;
      const { head = '-', pid = '-', boot = '-' } = claim ?? {};
      return `found ${howOf(job)} ${head} ${job.path} ${String(pid)} ${boot} - ${endOf(job)}`.trimEnd();
    });
    const epoch = `epoch ${String(this.runs.get(run)?.top ?? 0)}`;
    return [epoch, ...(closed === undefined ? [] : [closed]), ...found];
  }

  #tidy(run: string, path: string): void {
    const job = this.runs.get(run)?.jobs.get(path);
    if (job?.start !== undefined && howOf(job) !== 'running' && howOf(job) !== 'gone') job.tidied = true;
  }

  #lock(run: string, line: string): string {
    if (this.closed.has(run)) return 'lock closed';
    if (this.lock !== undefined && this.lock.run !== run) return `lock held ${this.lock.run} ${this.lock.line}`;
    this.lock ??= { run, line };
    return 'lock ours';
  }

  #unlock(run: string, epoch: number): string {
    const top = this.#meet(run, epoch);
    if (top > epoch) return `unlock epoch ${String(top)}`;
    if (this.lock?.run === run) this.lock = undefined;
    return 'unlock done';
  }

  #close(run: string, head: string): string {
    if ((this.runs.has(run) || this.lock?.run === run) && !this.closed.has(run)) {
      this.closed.set(run, `closed ${head}`);
    }
    this.runs.delete(run);
    if (this.lock?.run === run) this.lock = undefined;
    return 'close done';
  }
}
