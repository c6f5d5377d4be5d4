import type { JSX } from 'preact';
import type { Citation, Origin } from '../shared/api';
import type { Catalogue } from './catalogue';
import { Icon } from './icons';

/** The headings; the outermost one is often the title once more. */
const section = (c: Citation): string => (c.section.startsWith(`${c.title} > `) ? c.section.slice(c.title.length + 3) : c.section);

const place = (words: Catalogue, c: Citation): string =>
  [c.title || c.document, c.page === null ? null : words.page(c.page), section(c)].filter(Boolean).join(' · ');

/** The lines of the plant's documents that an answer rests on, or the nearest sections where they do not say. */
export function Citations({ words, origin, exchange }: { words: Catalogue; origin: Origin; exchange: number }): JSX.Element | null {
  if (origin.citations?.length)
    return (
      <section class="citations">
        <h3>{words.citations}</h3>
        <ol>
          {origin.citations.map((c) => (
            <li key={c.number} id={`cite-${exchange}-${c.number}`} tabIndex={-1}>
              <p class="place"><span class="mark">[{c.number}]</span>{place(words, c)}</p>
              {c.text && <blockquote>{c.text}</blockquote>}
            </li>
          ))}
        </ol>
      </section>
    );
  if (origin.citations && origin.nearest?.length)
    return (
      <section class="citations">
        <h3>{words.nearest}</h3>
        <ul>{origin.nearest.map((c, i) => <li key={i}><p class="place"><Icon name="document" />{place(words, c)}</p></li>)}</ul>
      </section>
    );
  return null;
}
