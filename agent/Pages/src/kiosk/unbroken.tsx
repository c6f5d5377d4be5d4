import type { JSX } from 'preact';

/** A text whose codes, such as SP-14, are not broken at the end of a line. */
export const unbroken = (text: string): (JSX.Element | string)[] =>
  text.split(/([A-Z]{1,5}-\d{1,6})/).map((part, i) => (i % 2 === 0 ? part : <span key={i} class="code">{part}</span>));
