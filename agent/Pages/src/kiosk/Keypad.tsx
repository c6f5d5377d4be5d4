import type { JSX } from 'preact';
import type { Catalogue } from './catalogue';

const rows = ['1234567890', 'QWERTYUIOP', 'ASDFGHJKL-', 'ZXCVBNM.?/'];

/** Keys for a touch screen without a keyboard: alarm codes and short words in Latin letters. */
export const Keypad = ({ words, onKey, onErase, onEnter }: {
  words: Catalogue; onKey: (key: string) => void; onErase: () => void; onEnter: () => void;
}): JSX.Element => (
  <div class="keypad" role="group" aria-label={words.keypad}>
    {rows.map((row) => (
      <div class="row" key={row}>
        {[...row].map((key) => <button type="button" key={key} onClick={() => onKey(key)}>{key}</button>)}
      </div>
    ))}
    <div class="row">
      <button type="button" class="wide" onClick={() => onKey(' ')}>{words.keys.space}</button>
      <button type="button" onClick={onErase}>{words.keys.erase}</button>
      <button type="button" class="enter" onClick={onEnter}>{words.keys.enter}</button>
    </div>
  </div>
);
