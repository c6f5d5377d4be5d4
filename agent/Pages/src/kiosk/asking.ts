import { ask, ConnectionLost, health, Refusal } from '../shared/api';
import type { Exchange } from './state';

/** Times a question is asked anew after a lost connection. */
const maxAttempts = 4;
/** Milliseconds between two looks at a device that is away. */
const lookInterval = 1000;
/** Looks at a device that is away before the question is given up: ten minutes, the time a GPU may need to prepare its student. */
const maxLooks = 600;

type Change = Partial<Omit<Exchange, 'id' | 'question'>>;

/** Asks until there is an answer or a refusal. A connection that breaks off is waited for, and the question asked again. */
export async function pursue(question: string, signal: AbortSignal, change: (change: Change) => void): Promise<void> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      const answer = await ask(question, signal, (text) => change({ phase: 'streaming', text }));
      change({ phase: 'done', text: answer.text, answer });
      return;
    } catch (fault) {
      if (signal.aborted) return;
      if (fault instanceof Refusal && !(await isAway(fault))) {
        change({ phase: 'refused', refusal: await reason(fault), retryAfterSeconds: fault.retryAfterSeconds });
        return;
      }
      if (!(fault instanceof Refusal) && !(fault instanceof ConnectionLost)) throw fault;
    }
    change({ phase: 'interrupted' });
    if (!(await comesBack(signal))) break;
    change({ phase: 'again', text: '' });
  }
  if (!signal.aborted) change({ phase: 'refused', refusal: 'connection', retryAfterSeconds: null });
}

/** Whether a refusal comes from a device that starts or stops. */
async function isAway(refusal: Refusal): Promise<boolean> {
  if (refusal.code !== 'unavailable') return false;
  const now = await health();
  return now === null || now.status === 'loading' || now.status === 'stopping';
}

/** The words for a refusal. */
async function reason(refusal: Refusal): Promise<string> {
  if (refusal.code !== 'unavailable') return refusal.code;
  const level = (await health())?.level;
  return level === 'L3' || level === 'L4' ? 'hot' : 'unavailable';
}

async function comesBack(signal: AbortSignal): Promise<boolean> {
  for (let look = 0; look < maxLooks && !signal.aborted; look++) {
    await new Promise((done) => setTimeout(done, lookInterval));
    const now = await health();
    if (now?.status === 'serving' || now?.status === 'degraded') return !signal.aborted;
  }
  return false;
}
