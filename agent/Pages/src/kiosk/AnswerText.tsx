import type { JSX } from 'preact';
import { blocks } from '../shared/blocks';
import { unbroken } from './unbroken';

/** `[1]` in a text as a link to the citation of that number. */
function linked(text: string, exchange: number): JSX.Element[] {
  return text.split(/(\[\d{1,2}\])/).map((part, i) =>
    i % 2 === 0 ? <>{unbroken(part)}</> : <a key={i} class="mark" href={`#cite-${exchange}-${part.slice(1, -1)}`}>{part}</a>);
}

export const AnswerText = ({ text, exchange }: { text: string; exchange: number }): JSX.Element => (
  <div class="text">
    {blocks(text).map((block, i) => {
      if (block.kind === 'text') return <p key={i}>{linked(block.text, exchange)}</p>;
      const items = block.items.map((item, n) => <li key={n}>{linked(item, exchange)}</li>);
      return block.kind === 'steps' ? <ol key={i}>{items}</ol> : <ul key={i}>{items}</ul>;
    })}
  </div>
);
