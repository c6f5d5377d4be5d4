import type { Answer } from '../shared/api';

export type Phase = 'waiting' | 'streaming' | 'interrupted' | 'again' | 'done' | 'stopped' | 'refused';

/** A question and what became of it. */
export interface Exchange {
  id: number;
  question: string;
  phase: Phase;
  /** The text so far. */
  text: string;
  answer: Answer | null;
  /** A key of the catalogue's `refused`. */
  refusal: string | null;
  retryAfterSeconds: number | null;
}

export type Action =
  | { kind: 'ask'; id: number; question: string }
  | { kind: 'change'; id: number; change: Partial<Omit<Exchange, 'id' | 'question'>> }
  | { kind: 'forget' };

/** Exchanges on the screen; older ones leave it. */
const maxExchanges = 20;

/** What the screen shows next. Pure. */
export function next(exchanges: Exchange[], action: Action): Exchange[] {
  switch (action.kind) {
    case 'ask': {
      const asked: Exchange = {
        id: action.id, question: action.question, phase: 'waiting', text: '', answer: null, refusal: null, retryAfterSeconds: null,
      };
      return [...exchanges, asked].slice(-maxExchanges);
    }
    case 'change':
      return exchanges.map((e) => (e.id === action.id ? { ...e, ...action.change } : e));
    case 'forget':
      return [];
  }
}

export const isRunning = (exchange: Exchange | undefined): boolean =>
  exchange !== undefined && ['waiting', 'streaming', 'interrupted', 'again'].includes(exchange.phase);
