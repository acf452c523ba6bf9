import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeName, decodeName, printing, quote } from '../../src/host/quote.ts';
import { compound } from '../../src/host/script-text.ts';
import { needs } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';

const HARMFUL = [
  '1.6; rm -rf /',
  '$(reboot)',
  '`reboot`',
  "'; reboot; '",
  '"; reboot; "',
  '\\',
  "\\'",
  '$HOME ${HOME} $((1+1)) !! ~ * ? [a] {a,b}',
  'line\nline\n\n',
  '-n',
  '%s%n',
  '\u0001\u001b[31m\u007f',
  'é — 漢字 🦊',
  ' lead and trail ',
  '',
  'x'.repeat(100_000),
];

for (const shell of ['dash', 'bash'] as const) {
  needs(shell)(`values in ${shell}`, () => {
    const run = (text: string): Buffer => {
      const { stdout, stderr } = spawnSync(shell, shell === 'bash' ? ['--norc', '-s'] : ['-s'], { input: text });
      expect(stderr.toString()).toBe('');
      return stdout;
    };

    it('are data, whatever is in them', () => {
      const env = Object.fromEntries(HARMFUL.map((value, index) => [`value_${index}`, value]));
      const text = HARMFUL.map((_, index) => `printf '%s\\0' "$value_${index}"`).join('\n');

      const out = run(compound({ shell: shell === 'bash' ? 'bash' : 'sh', text }, { env }));

      expect(out.toString().split('\0').slice(0, -1)).toEqual(HARMFUL);
    });

    it('are printed exactly, of any length and with NUL bytes', () => {
      const text = `${HARMFUL.join('\0')}\0\0${'long '.repeat(100_000)}`;

      expect(run(printing(text)).equals(Buffer.from(text))).toBe(true);
    });

    it('survive quoting, all of them', () => {
      const values = fc.array(fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')));
      fc.assert(
        fc.property(values, (all) => {
          const out = run(`printf '%s\\0' ${all.map(quote).join(' ')}`);
          return out.equals(Buffer.from((all.length === 0 ? [''] : all).map((value) => `${value}\0`).join('')));
        }),
        { numRuns: 40 },
      );
    });
  });
}

needs()('names of folders', () => {
  it('come back as they were, and never lead elsewhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const encoded = encodeName(name);
        return decodeName(encoded) === name && /^[\w@+%-][\w.@+%-]*$/.test(encoded);
      }),
      { numRuns: 1000, examples: [['~root'], ['..'], ["!'()*"], ['a/b']] },
    );
  });
});
