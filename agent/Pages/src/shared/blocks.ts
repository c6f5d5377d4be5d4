/** A paragraph, or a list of steps or points. */
export type Block = { kind: 'text'; text: string } | { kind: 'steps' | 'points'; items: string[] };

const step = /^\s*\d{1,2}[.)、]\s*/;
const point = /^\s*[-*•]\s+/;

/** An answer's text as blocks: numbered lines are steps, dashed ones are points, the rest are paragraphs. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  for (const line of text.split('\n')) {
    const kind = step.test(line) ? 'steps' : point.test(line) ? 'points' : 'text';
    const rest = line.replace(kind === 'steps' ? step : kind === 'points' ? point : /^\s+/, '').trim();
    if (rest === '') continue;
    const last = found.at(-1);
    if (kind === 'text') found.push({ kind, text: rest });
    else if (last?.kind === kind) last.items.push(rest);
    else found.push({ kind, items: [rest] });
  }
  return found;
}
