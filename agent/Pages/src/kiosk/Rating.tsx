import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { rate } from '../shared/api';
import type { Catalogue } from './catalogue';
import { Icon } from './icons';

/** Stars and whether the problem is solved; sent once. */
export function Rating({ words, answerId }: { words: Catalogue; answerId: string }): JSX.Element {
  const [stars, setStars] = useState(0);
  const [isSolved, setSolved] = useState<boolean | null>(null);
  const [stage, setStage] = useState<'open' | 'sending' | 'sent' | 'failed'>('open');
  const send = async (): Promise<void> => {
    setStage('sending');
    setStage(await rate(answerId, stars, isSolved).then(() => 'sent' as const, () => 'failed' as const));
  };
  if (stage === 'sent') return <p class="thanks" role="status"><Icon name="curated" />{words.thanks}</p>;
  return (
    <form class="rating" onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <fieldset class="stars">
        <legend>{words.rateTitle}</legend>
        {[1, 2, 3, 4, 5].map((n) => (
          <label key={n} class={n <= stars ? 'lit' : ''}>
            <input type="radio" name={`stars-${answerId}`} value={n} checked={n === stars} onChange={() => setStars(n)} />
            <Icon name="star" /><span class="unseen">{words.stars(n)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="solved">
        <legend>{words.solved}</legend>
        {[true, false].map((value) => (
          <label key={String(value)}>
            <input type="radio" name={`solved-${answerId}`} checked={isSolved === value} onChange={() => setSolved(value)} />
            <span>{value ? words.yes : words.no}</span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="main small" disabled={stars === 0 || stage === 'sending'}>{words.send}</button>
      {stage === 'failed' && <p class="note" role="alert">{words.rateFailed}</p>}
    </form>
  );
}
