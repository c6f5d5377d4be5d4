import type { Catalogue } from './catalogue';
import type { Exchange } from './state';
import { refusalText } from './refusal';

/** What a screen reader says: the stages, and the answer once it is whole. Pieces would interrupt each other. */
export function announcement(words: Catalogue, exchange: Exchange | undefined): string {
  switch (exchange?.phase) {
    case undefined: return '';
    case 'waiting': return words.thinking;
    case 'streaming': return words.answering;
    case 'interrupted': return words.interrupted;
    case 'again': return words.asksAgain;
    case 'stopped': return words.stopped;
    case 'done': return `${words.answer}: ${exchange.text}`;
    case 'refused': return refusalText(words, exchange);
  }
}
