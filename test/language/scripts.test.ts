import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { scriptsIn } from '../../src/language/scripts.ts';

const ALL = `description: Every place where a script can stand
hosts: [web]
params: { release: {} }
vars: { root: /srv }
secrets: [TOKEN]
facts:
  short: fact-1
  long: { run: fact-2, shell: bash }
defaults:
  env: { EVERYWHERE: x }
  when: { run: default-1 }
  on_rollback:
    run: default-2
steps:
  - assert: { run: assert-1 }
  - wait_for: { run: wait-1, shell: bash }
  - id: file
    file: { path: /etc/a, content: no-script, validate: validate-1 }
    verify: { run: verify-1 }
  - id: loop
    loop: [a, b]
    secrets: [TOKEN]
    env: { MINE: y }
    run: run-1
    shell: bash
    done_when: { run: done-1 }
    on_rollback:
      - run: undo-1
        env: { ITS: z }
      - comment: no-script
  - comment: no-script
`;

const scripts = (text: string) => scriptsIn(text, 'file.yml', actions);

describe('the scripts of a procedure', () => {
  it('are found wherever one can stand, each with its shell and its variables', () => {
    expect(parseProcedure(ALL, { file: 'file.yml', system: 'a', verb: 'b', actions })).toMatchObject({ ok: true });
    const shared = ['release', 'root'];
    const all = [...shared, 'EVERYWHERE'];
    const looped = [...all, 'MINE', 'TOKEN', 'item', 'item_key'];
    expect(scripts(ALL).map(({ text, shell, variables }) => [text, shell, variables])).toEqual([
      ['fact-1', 'sh', shared],
      ['fact-2', 'bash', shared],
      ['default-1', 'sh', all],
      ['default-2', 'sh', all],
      ['assert-1', 'sh', all],
      ['wait-1', 'bash', all],
      ['validate-1', 'sh', all],
      ['verify-1', 'sh', all],
      ['run-1', 'bash', looped],
      ['done-1', 'sh', looped],
      ['undo-1', 'sh', [...looped, 'ITS']],
    ]);
  });

  it.each([
    ['as a block', '|\n      echo a\n\n      echo "b"; BAD\n', 8, 17],
    ['as a block that is folded', '>\n      echo a\n\n      echo "b"; BAD\n', 8, 17],
    ['in double quotes', '"echo a\\n\\\n      echo \\"b\\"; BAD"\n', 6, 19],
    ['in single quotes', "'echo ''a'' \n\n      BAD'\n", 7, 7],
    ['as it is', 'echo a && BAD\n', 5, 20],
  ])('are found at their place, written %s', (_how, written, line, column) => {
    const [script, more] = scripts(`description: d\nhosts: [web]\nsteps:\n  - id: a\n    run: ${written}`);
    expect(more).toBeUndefined();
    const offset = script!.text.indexOf('BAD');
    expect(script!.placeAt(offset)).toEqual({ file: 'file.yml', line, column });
  });

  it('are none in what is no YAML', () => {
    expect(scripts('steps: [')).toEqual([]);
  });
});
