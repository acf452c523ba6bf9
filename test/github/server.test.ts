import { describe, expect, it } from '@jest/globals';
import { speaker, localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, calls, eyesOn, finished, obedientHosts, startBot, stopBots, thread, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('the bot in an issue', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('looks first, then does it', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    const asked = await bot.say('william', '/upgrade demo 1.6 dryrun');
    expect(hosts.jobs).toEqual([]);
    expect(await eyesOn(github, asked)).toBe(1);
    const [dry, ...none] = await answers(github);
    expect(none).toEqual([]);
    expect(dry).toContain('What `/upgrade demo version=1.6` would do');
    const before = calls(github).length;
    await bot.say('william', '/upgrade demo 1.6');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    const [, live, end] = await answers(github);
    expect(live).toContain('kind=live');
    expect(end).toContain('kind=end');
    process.stdout.write(`calls: dry run ${String(before)}, run ${String(calls(github).length - before)}\n`);
    console.log(calls(github).join('\n'));
  });
});
