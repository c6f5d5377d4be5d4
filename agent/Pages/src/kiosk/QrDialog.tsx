import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { encode } from 'uqr';
import type { Catalogue } from './catalogue';

/** UTF-8 bytes that still make a code which a phone reads from a screen (version 25, level L, holds 1273). */
const maxBytes = 1200;

/** The text, cut at a whole character where it is too long. */
export function fit(text: string): { text: string; isCut: boolean } {
  const bytes = new TextEncoder();
  if (bytes.encode(text).length <= maxBytes) return { text, isCut: false };
  let kept = '';
  let size = bytes.encode('…').length;
  for (const character of text) {
    size += bytes.encode(character).length;
    if (size > maxBytes) break;
    kept += character;
  }
  return { text: `${kept}…`, isCut: true };
}

/** Question and answer as a QR code (ISO/IEC 18004): plain text, readable without a network. */
export function QrDialog({ words, question, text, onClose }: {
  words: Catalogue; question: string; text: string; onClose: () => void;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  const content = useMemo(() => fit(`${question}\n\n${text}`), [question, text]);
  const { size, path } = useMemo(() => {
    const code = encode(content.text, { ecc: 'L', border: 4 });
    const dark = code.data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : '')));
    return { size: code.size, path: dark.join('') };
  }, [content.text]);
  return (
    <dialog ref={dialog} class="sheet qr" aria-labelledby="qr-title" onClose={onClose}>
      <h2 id="qr-title">{words.qrTitle}</h2>
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words.qrTitle} data-text={content.text} shape-rendering="crispEdges">
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <p>{words.qrText}</p>
      {content.isCut && <p class="note">{words.qrCut}</p>}
      <button type="button" class="main" onClick={() => dialog.current!.close()}>{words.close}</button>
    </dialog>
  );
}
