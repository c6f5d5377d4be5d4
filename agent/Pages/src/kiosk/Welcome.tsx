import type { JSX } from 'preact';
import type { Catalogue } from './catalogue';
import { Icon } from './icons';
import { unbroken } from './unbroken';

/** What stands on the screen before the first question. */
export const Welcome = ({ words, questions, onAsk }: {
  words: Catalogue; questions: string[]; onAsk: (question: string) => void;
}): JSX.Element => (
  <section class="welcome">
    <h2>{words.title}</h2>
    <p class="lead">{words.lead}</p>
    {questions.length > 0 && (
      <>
        <h3>{words.startQuestions}</h3>
        <ul class="starts">
          {questions.map((q) => (
            <li key={q}>
              <button type="button" onClick={() => onAsk(q)}><span>{unbroken(q)}</span><Icon name="chevron" /></button>
            </li>
          ))}
        </ul>
      </>
    )}
  </section>
);
