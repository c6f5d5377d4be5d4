import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Catalogue } from './catalogue';

/** Says that the screen is about to be cleared. Any touch or key keeps it; the button is for those who look for one. */
export function IdleWarning({ words, seconds }: { words: Catalogue; seconds: number }): JSX.Element {
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => sheet.current!.showPopover(), []);
  return (
    <div ref={sheet} class="idle" popover="manual" role="alertdialog" aria-labelledby="idle-title">
      <div><strong id="idle-title">{words.idleTitle}</strong><p>{words.idleText(seconds)}</p></div>
      <button type="button" class="main">{words.idleStay}</button>
    </div>
  );
}
