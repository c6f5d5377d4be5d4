import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Origin } from '../shared/api';
import { AnswerText } from './AnswerText';
import type { Catalogue } from './catalogue';
import { Citations } from './Citations';
import { Icon } from './icons';
import { KeyForm } from './KeyForm';
import { QrDialog } from './QrDialog';
import { Rating } from './Rating';
import { refusalText } from './refusal';
import type { Exchange } from './state';
import { unbroken } from './unbroken';

/** A question with its answer, or with the reason why there is none. */
export function ExchangeView({ words, exchange, canAsk, onAgain }: {
  words: Catalogue; exchange: Exchange; canAsk: boolean; onAgain: () => void;
}): JSX.Element {
  const { phase, text, answer } = exchange;
  const article = useRef<HTMLElement>(null);
  const [hasCode, setCode] = useState(false);
  const print = (): void => {
    article.current!.classList.add('printed');
    window.print();
    article.current!.classList.remove('printed');
  };
  const again = canAsk && (
    <button type="button" class="plain" onClick={onAgain}><Icon name="again" /><span>{words.again}</span></button>
  );
  return (
    <article ref={article} class={`exchange ${phase}`}>
      <h2 class="question"><span class="unseen">{words.you}: </span>{unbroken(exchange.question)}</h2>
      {phase === 'refused'
        ? (
            <div class="card notice bad">
              <Icon name="fallback" />
              <div><p>{refusalText(words, exchange)}</p>{exchange.refusal === 'unauthorized' && <KeyForm words={words} />}{again}</div>
            </div>
          )
        : (
            <div class="card answer">
              {answer && <SourceLine words={words} origin={answer.origin} />}
              {text !== '' && <AnswerText text={shownText(text, answer?.origin)} exchange={exchange.id} />}
              {(phase === 'waiting' || phase === 'streaming') && (
                <p class="busy"><span class="dots" aria-hidden="true"><i /><i /><i /></span>{text === '' && words.thinking}</p>
              )}
              {(phase === 'interrupted' || phase === 'again') && (
                <p class="notice fair"><Icon name="again" />{phase === 'again' ? words.asksAgain : words.interrupted}</p>
              )}
              {phase === 'stopped' && <p class="note">{words.stopped}</p>}
              {answer && <Notes words={words} origin={answer.origin} finish={answer.finish} />}
              {answer && <Citations words={words} origin={answer.origin} exchange={exchange.id} />}
              {phase === 'stopped' && again}
              {answer && (
                <footer>
                  <Rating words={words} answerId={answer.origin.answer_id} />
                  <div class="take">
                    <button type="button" class="plain" onClick={() => setCode(true)}><Icon name="qr" /><span>{words.qr}</span></button>
                    <button type="button" class="plain" onClick={print}><Icon name="print" /><span>{words.print}</span></button>
                  </div>
                </footer>
              )}
            </div>
          )}
      {hasCode && <QrDialog words={words} question={exchange.question} text={text} onClose={() => setCode(false)} />}
    </article>
  );
}

/** Lines at an answer's end that name its citations, for readers who see nothing but text. Here the citations stand below. */
const shownText = (text: string, origin: Origin | undefined): string =>
  origin?.citations?.length ? text.replace(/(\n+\[\d{1,2}\] [^\n]*)+\s*$/, '') : text;

/** Source, age, level and time. */
const SourceLine = ({ words, origin }: { words: Catalogue; origin: Origin }): JSX.Element => (
  <p class="source">
    <span class={`chip ${origin.source}`}><Icon name={origin.source} />{words.source[origin.source]}</span>
    {origin.cached_age_s !== null && <span class="chip age">{words.age(origin.cached_age_s)}</span>}
    <span class={`chip level ${origin.level}`} title={words.level(origin.level)}>
      <span class="unseen">{words.level(origin.level)}: </span>
      <span>{origin.level} · {words.levels[origin.level]}</span>
    </span>
    <span class="time">{words.took(origin.total_ms / 1000)}</span>
  </p>
);

function Notes({ words, origin, finish }: { words: Catalogue; origin: Origin; finish: string }): JSX.Element {
  const hidden = Object.values(origin.desensitized).reduce((sum, n) => sum + n, 0);
  return (
    <>
      {origin.degraded ? <p class="note">{words.degraded}</p> : finish === 'length' && <p class="note">{words.length}</p>}
      {hidden > 0 && <p class="note">{words.hidden(hidden)}</p>}
    </>
  );
}
