import type { Answer, FoundRun, Host, JobReport, Locked, LogSink, PreflightNeeds, Sight } from '../engine/ports.ts';
import type { Script } from '../language/types.ts';
import type { PlanHost } from '../plan/types.ts';
import type { HostReport, JobKey, JobOrder, LockNote, ReadResult, RunId, RunNote, Setting } from '../run/types.ts';
import { CannotConnect, LinkLost, wordsOf } from './faults.ts';
import { ANSWER_LIMIT_MS, Following } from './follow.ts';
import { readFoundRun } from './found-run.ts';
import { killRequest, newNonce, orderTrouble, pathOf, placeOf, request } from './job-text.ts';
import type { Connection, Link } from './link.ts';
import { heldBy, lockLine, readLiving } from './lock.ts';
import { lookScript, readLook } from './look.ts';
import type { Settings } from './options.ts';
import { preflightScript, readPreflight } from './preflight.ts';
import { encodeName } from './quote.ts';
import { readScript } from './read-script.ts';
import { environmentTrouble, userTrouble } from './script-text.ts';
import { Tidying } from './tidying.ts';

const PREFLIGHT_MS = 60_000;
/** Closing deletes what may be many files. */
const CLOSE_LIMIT_MS = 600_000;
/** Past the grace, for the host to see that a job's processes have gone. */
const KILL_MARGIN_MS = 10_000;

const LOOK = "look whether its disk is full, read-only, or the folder somebody else's";

/** Told from others on its machine by its port. */
function apart({ machine_id, ...report }: HostReport, { port }: PlanHost): HostReport {
  return { ...report, instance: `${machine_id ?? report.instance ?? ''} port ${String(port)}` };
}

/** A host over SSH. */
export class SshHost implements Host {
  readonly #host: PlanHost;
  readonly #link: Link;
  readonly #settings: Settings;
  readonly #tidying: Tidying;

  constructor(host: PlanHost, link: Link, settings: Settings) {
    this.#host = host;
    this.#link = link;
    this.#settings = settings;
    this.#tidying = new Tidying(async (run, jobs) =>
      this.#ask(request('co_tidy', run, ...jobs), () => null, ANSWER_LIMIT_MS),
    );
  }

  async preflight(needs: PreflightNeeds): Promise<Answer<HostReport>> {
    const text = preflightScript(needs, this.#host.user);
    return this.#answer(async (connection) => {
      const look = await this.#read(connection, { shell: 'sh', text }, { env: {} }, PREFLIGHT_MS);
      const report = readPreflight(look.stdout, needs);
      return this.#settings.standIns ? apart(report, this.#host) : report;
    });
  }

  async lock(run: RunId, note: LockNote, told?: RunNote): Promise<Answer<Locked>> {
    const words = [lockLine(note), told === undefined ? '' : JSON.stringify(told)];
    return this.#ask(request('co_lock', encodeName(run), newNonce(), ...words), (lines) => heldBy(lines[0] ?? ''));
  }

  async holder(): Promise<Answer<Locked>> {
    return this.#ask(request('co_look'), (lines) => heldBy(lines[0] ?? ''));
  }

  async living(run: RunId): Promise<Answer<readonly string[]>> {
    return this.#ask(request('co_living', encodeName(run)), readLiving);
  }

  async bar(run: RunId, by: { readonly run: RunId; readonly who: string }): Promise<Answer<readonly string[]>> {
    const words = [by.run, by.who].map(encodeName).join(' ');
    return this.#ask(request('co_bar', encodeName(run), words), (lines) => {
      if (lines.includes('bar failed')) {
        throw new CannotConnect(`${this.#host.name}: ~/.changeover cannot be written, so its lock stays`, true);
      }
      return readLiving(lines);
    });
  }

  async unlock(run: RunId, epoch: number): Promise<Answer<{ readonly fenced?: number }>> {
    return this.#ask(request('co_unlock', encodeName(run), epoch), (lines) => {
      if (lines[0] === 'unlock done') return {};
      const [, fenced] = /^unlock epoch (\d+)$/.exec(lines[0] ?? '') ?? [];
      if (fenced !== undefined) return { fenced: Number(fenced) };
      throw new CannotConnect(`${this.#host.name}: ~/.changeover/lock could not be removed; ${LOOK}`, true);
    });
  }

  async raiseEpoch(run: RunId, epoch: number): Promise<Answer<null>> {
    return this.#ask(request('co_raise', encodeName(run), epoch), (lines) => {
      if (lines[0] !== 'raised')
        throw new CannotConnect(`${this.#host.name}: ~/.changeover cannot be written; ${LOOK}`, true);
      return null;
    });
  }

  async read(script: Script, setting: Setting, timeoutMs: number): Promise<Answer<ReadResult>> {
    const trouble = environmentTrouble(setting.env) ?? userTrouble(setting.becomeUser);
    if (trouble !== undefined) {
      return { kind: 'ok', value: { exit_code: 126, stdout: '', stderr: `changeover: ${trouble}\n` } };
    }
    return this.#answer(async (connection) => {
      const { exit_code, stdout, stderr } = await this.#read(connection, script, setting, timeoutMs);
      return { exit_code, stdout, stderr };
    });
  }

  async look(programs: readonly string[], setting: Setting): Promise<Answer<Sight>> {
    const script: Script = { shell: 'sh', text: lookScript(programs, setting.chdir) };
    return this.#answer(async (connection) => {
      const asked = await this.#read(connection, script, { env: {}, ...become(setting) }, PREFLIGHT_MS);
      if (asked.began) return { ...readLook(asked.stdout), sudoMissing: false };
      // Without the right to become that user, what can be seen without it is still worth saying.
      const plain = await this.#read(connection, script, { env: {} }, PREFLIGHT_MS);
      return { ...readLook(plain.stdout), sudoMissing: true };
    });
  }

  async ensureJob(
    order: JobOrder,
    sink: LogSink,
    started: (claim: { readonly pid: number; readonly bootId: string }) => void,
  ): Promise<JobReport> {
    const why = orderTrouble(order);
    if (why !== undefined) return { kind: 'refused', why };
    return new Following(this.#link, order, sink, this.#settings, started).ensure(this.#become(order));
  }

  async settle(order: JobOrder, sink: LogSink): Promise<JobReport> {
    return new Following(this.#link, order, sink, this.#settings, () => undefined).settle();
  }

  async kill(run: RunId, job: JobKey, graceMs: number): Promise<Answer<{ readonly killed: boolean }>> {
    const deadline = performance.now() + graceMs + KILL_MARGIN_MS;
    // Asking again is what looking whether it worked is: the host says `over` once there is nothing left to kill.
    let asked = false;
    for (;;) {
      const answer = await this.#ask(
        killRequest(run, job, graceMs),
        (lines) => lines[0] ?? '',
        graceMs + ANSWER_LIMIT_MS,
      );
      if (answer.kind === 'unreachable') return answer;
      if (answer.value === 'kill over') return { kind: 'ok', value: { killed: asked } };
      asked = true;
      if (answer.value === 'kill done') return { kind: 'ok', value: { killed: true } };
      if (performance.now() > deadline) return { kind: 'ok', value: { killed: false } };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async jobs(run: RunId): Promise<Answer<FoundRun>> {
    return this.#ask(request('co_jobs', encodeName(run), encodeName(this.#host.name)), readFoundRun);
  }

  async tidyJob(run: RunId, job: JobKey, atOnce = false): Promise<Answer<null>> {
    const place = placeOf(run, job);
    const tidied = this.#tidying.add(place.run, pathOf(place));
    if (atOnce) this.#tidying.hurry();
    return tidied;
  }

  async closeRun(run: RunId, head: string): Promise<Answer<null>> {
    this.#tidying.forget(encodeName(run));
    return this.#ask(
      request('co_close', encodeName(run), head),
      (lines) => {
        if (lines[0] === 'close done') return null;
        if (lines[0] === 'close failed')
          throw new CannotConnect(`${this.#host.name}: ~/.changeover/closed cannot be written; ${LOOK}`, true);
        throw new CannotConnect(
          `${this.#host.name}: ~/.changeover/runs/${encodeName(run)} could not be removed; remove it by hand`,
          true,
        );
      },
      CLOSE_LIMIT_MS,
    );
  }

  /** Ends what waits to be sent. */
  async end(): Promise<void> {
    await this.#tidying.flush();
    await this.#link.end();
  }

  /** Whom to become: nobody, where the login user is that user already. */
  #become(setting: Setting): string {
    return setting.becomeUser === undefined || setting.becomeUser === this.#host.user ? '' : setting.becomeUser;
  }

  async #read(
    connection: Connection,
    script: Script,
    setting: Setting,
    ms: number,
  ): Promise<ReadResult & { readonly began: boolean }> {
    return readScript(connection, script, setting, this.#become(setting), ms);
  }

  async #ask<T>(text: string, read: (lines: readonly string[]) => T, limitMs = ANSWER_LIMIT_MS): Promise<Answer<T>> {
    return this.#answer(async (connection) => {
      const shell = await connection.control();
      return read(await shell.request(text, limitMs));
    });
  }

  /** All that passes here may be done twice; so a lost link is tried once more. */
  async #answer<T>(ask: (connection: Connection) => Promise<T>): Promise<Answer<T>> {
    for (let again = true; ; again = false) {
      let connection: Connection | undefined;
      try {
        connection = await this.#link.connection();
        return { kind: 'ok', value: await ask(connection) };
      } catch (error) {
        if (!(error instanceof LinkLost) && !(error instanceof CannotConnect)) throw error;
        if (error instanceof LinkLost) await connection?.end();
        if (!again || error instanceof CannotConnect) return { kind: 'unreachable', why: wordsOf(error) };
      }
    }
  }
}

function become(setting: Setting): Pick<Setting, 'becomeUser'> {
  return setting.becomeUser === undefined ? {} : { becomeUser: setting.becomeUser };
}
