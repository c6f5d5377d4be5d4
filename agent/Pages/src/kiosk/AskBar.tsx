import type { JSX, RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Catalogue } from './catalogue';
import { Icon } from './icons';
import { Keypad } from './Keypad';

/** Characters of a question: more than anybody types, and below what the device takes. */
const maxQuestion = 2000;

interface Props {
  words: Catalogue;
  field: RefObject<HTMLTextAreaElement | null>;
  draft: string;
  isBusy: boolean;
  onDraft: (text: string) => void;
  onAsk: (text: string) => void;
  onStop: () => void;
}

export function AskBar({ words, field, draft, isBusy, onDraft, onAsk, onStop }: Props): JSX.Element {
  const [hasKeys, setKeys] = useState(false);
  useLayoutEffect(() => {
    const area = field.current!;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [draft, words]);
  const onKey = (e: KeyboardEvent): void => {
    // Enter that ends the composition of a Chinese word does not ask
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    onAsk(draft);
  };
  return (
    <div class="dock">
      <form class="askbar" onSubmit={(e) => { e.preventDefault(); onAsk(draft); }}>
        <button
          type="button" class="plain square" aria-label={words.keypad} title={words.keypad} aria-expanded={hasKeys}
          onClick={() => setKeys(!hasKeys)}
        >
          <Icon name="keys" />
        </button>
        <label class="unseen" for="question">{words.question}</label>
        <textarea
          id="question" ref={field} rows={1} maxLength={maxQuestion} placeholder={words.placeholder} value={draft} autofocus
          autocomplete="off" spellcheck={false} enterkeyhint="send" inputMode={hasKeys ? 'none' : 'text'}
          onInput={(e) => onDraft(e.currentTarget.value)} onKeyDown={onKey}
        />
        {isBusy
          ? <button type="button" class="main stop" onClick={onStop}><Icon name="stop" /><span>{words.stop}</span></button>
          : <button type="submit" class="main" disabled={draft.trim() === ''}><span>{words.ask}</span><Icon name="ask" /></button>}
      </form>
      {hasKeys && (
        <Keypad
          words={words} onKey={(key) => onDraft((draft + key).slice(0, maxQuestion))} onErase={() => onDraft(draft.slice(0, -1))}
          onEnter={() => onAsk(draft)}
        />
      )}
    </div>
  );
}
