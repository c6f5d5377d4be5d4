import type { Catalogue } from './catalogue';
import type { Exchange } from './state';

/** A refusal in human words, with the time to wait where the device knows it. */
export function refusalText(words: Catalogue, exchange: Exchange): string {
  const text = words.refused[exchange.refusal as keyof Catalogue['refused']] ?? words.refused.other;
  return exchange.retryAfterSeconds === null ? text : `${text} ${words.retryIn(Math.ceil(exchange.retryAfterSeconds))}`;
}
