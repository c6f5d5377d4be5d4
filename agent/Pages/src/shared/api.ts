import { events } from './sse';

/** A quoted place of the plant's documents. */
export interface Citation {
  number?: number;
  document: string;
  title: string;
  page: number | null;
  section: string;
  text?: string;
}

/** Where an answer came from: the `agent` object of docs/reference/mqtt-api.md. */
export interface Origin {
  answer_id: string;
  source: 'model' | 'cache' | 'curated' | 'document' | 'fallback';
  level: string;
  cached_age_s: number | null;
  degraded?: boolean;
  citations?: Citation[];
  nearest?: Citation[];
  total_ms: number;
  desensitized: Record<string, number>;
}

export interface Answer {
  text: string;
  finish: string;
  origin: Origin;
}

export interface Health {
  status: 'loading' | 'serving' | 'degraded' | 'stopping';
  level?: string;
  engine?: string;
}

/** What the deployer configured (`Kiosk`). */
export interface KioskSettings {
  name: string;
  logo: string | null;
  accent: string;
  theme: 'auto' | 'light' | 'dark' | 'contrast';
  idle_s: number;
  languages: ('zh' | 'en')[];
  start_questions: Partial<Record<'zh' | 'en', string[]>>;
}

/** The device refused. `code` is one of docs/reference/http-api.md. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

/** The connection broke off, or the device is not there. */
export class ConnectionLost extends Error {}

const keyName = 'edge-agent-api-key';

/** The API key is for this browser alone; without keys there is none. */
export const setKey = (key: string): void => localStorage.setItem(keyName, key);

function head(): Record<string, string> {
  const key = localStorage.getItem(keyName);
  return { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { cache: 'no-store', ...init });
  } catch (fault) {
    throw init.signal?.aborted ? fault : new ConnectionLost();
  }
}

function refusalOf(body: unknown, status: number): Refusal {
  const error = (body as { error?: { code?: string; message?: string; retry_after_s?: number } } | null)?.error;
  return new Refusal(error?.code ?? `http_${status}`, error?.message ?? '', error?.retry_after_s ?? null);
}

/**
 * Asks one question; each stands for itself.
 * @param onPiece receives the text so far, each time it has grown
 * @throws {Refusal} @throws {ConnectionLost}
 */
export async function ask(question: string, signal: AbortSignal, onPiece: (text: string) => void): Promise<Answer> {
  const body = JSON.stringify({ stream: true, messages: [{ role: 'user', content: question }] });
  const response = await send('/v1/chat/completions', { method: 'POST', headers: head(), body, signal });
  if (!response.ok || !response.body) throw refusalOf(await response.json().catch(() => null), response.status);
  let text = '';
  let end: { finish: string; origin: Origin } | null = null;
  try {
    for await (const data of events(response.body)) {
      if (data === '[DONE]') break;
      const chunk = JSON.parse(data);
      if (chunk.error) throw refusalOf(chunk, response.status);
      const choice = chunk.choices?.[0];
      if (choice?.delta?.content) onPiece((text += choice.delta.content));
      if (choice?.finish_reason) end = { finish: choice.finish_reason, origin: chunk.agent };
    }
  } catch (fault) {
    throw fault instanceof Refusal || signal.aborted ? fault : new ConnectionLost();
  }
  if (!end) throw new ConnectionLost();
  return { text, ...end };
}

/** Rates an answer: 1 to 5 stars, and whether it solved the problem. @throws {Refusal} @throws {ConnectionLost} */
export async function rate(answerId: string, rating: number, resolved: boolean | null): Promise<void> {
  const body = JSON.stringify({ answer_id: answerId, rating, ...(resolved === null ? {} : { resolved }) });
  const response = await send('/v1/feedback', { method: 'POST', headers: head(), body });
  if (!response.ok) throw refusalOf(await response.json().catch(() => null), response.status);
}

/** How the device is; null where it does not answer within two seconds. */
export async function health(): Promise<Health | null> {
  try {
    const response = await fetch('/health', { cache: 'no-store', signal: AbortSignal.timeout(2000) });
    return (await response.json()) as Health;
  } catch {
    return null;
  }
}

/** @throws {ConnectionLost} */
export async function kioskSettings(): Promise<KioskSettings> {
  const response = await send('/kiosk.json', {});
  if (!response.ok) throw new ConnectionLost();
  return (await response.json()) as KioskSettings;
}
