// A terminal: asks, and keeps count of what it is told.
import mqtt from 'mqtt'
import { until, wait } from './processes.mjs'

let terminals = 0

export class Terminal {
  static async connect(port, options = {}) {
    const terminal = new Terminal()
    terminal.id = options.clientId ?? `terminal-${++terminals}`
    terminal.reply = `clients/${terminal.id}/rsp`
    terminal.asked = new Map()
    terminal.retained = new Map()
    terminal.next = 0
    terminal.client = mqtt.connect({ host: '127.0.0.1', port, protocolVersion: 5, clientId: terminal.id, clean: true, reconnectPeriod: 200,
      properties: { receiveMaximum: 1000 }, ...options })
    terminal.client.on('message', (topic, payload, packet) => terminal.take(topic, payload, packet))
    terminal.client.on('error', () => { }) // the trial sees what does not arrive
    await until('a terminal connects', () => terminal.client.connected, 30)
    await terminal.client.subscribeAsync(terminal.reply, { qos: 1 })
    return terminal
  }

  take(topic, payload, packet) {
    if (topic !== this.reply) {
      this.retained.set(topic, payload.length ? JSON.parse(payload) : null)
      return
    }
    const query = this.asked.get(packet.properties?.correlationData?.toString())
    if (!query) return
    const reply = JSON.parse(payload)
    if (reply.object === 'chat.completion.chunk') {
      query.pieces++
      query.onPiece?.(query.pieces)
      return
    }
    query.replies.push(reply)
    query.seconds ??= (Date.now() - query.at) / 1000
    query.resolve(query)
  }

  /** Sends a query; `done` ends with its first terminal reply. */
  send(text, { device = 'edge-1', expiry, reply = this.reply, body, onPiece } = {}) {
    const id = `${this.id}-${++this.next}`
    const query = { id, text, at: Date.now(), pieces: 0, replies: [], onPiece }
    query.done = new Promise(resolve => { query.resolve = resolve })
    this.asked.set(id, query)
    const payload = JSON.stringify({ messages: [{ role: 'user', content: text }], ...body })
    this.client.publish(`edge/v1/local/${device}/query`, payload, { qos: 1, properties: { ...(reply ? { responseTopic: reply } : {}),
      correlationData: Buffer.from(id), ...(expiry ? { messageExpiryInterval: expiry } : {}) } })
    return query
  }

  /** Asks and waits; null after so many seconds without a terminal reply. */
  async ask(text, options = {}) {
    const query = this.send(text, options)
    return Promise.race([query.done, wait(options.patience ?? (options.expiry ?? 30) + 5).then(() => null)])
  }

  /** Asks n times, one after the other, and counts the answers. */
  async askAll(n, options = {}) {
    let answered = 0
    const others = {}
    for (let i = 0; i < n; i++) {
      const query = await this.ask(`What does alarm SP-${10 + i} mean?`, options)
      if (isAnswer(query)) answered++
      else others[code(query)] = (others[code(query)] ?? 0) + 1
    }
    return { answered, others: Object.entries(others).map(([k, v]) => `${v} ${k}`).join(', ') }
  }

  /** Publishes JSON, or text as it stands. */
  publish(topic, content, retain = false) {
    return this.client.publishAsync(topic, typeof content === 'string' ? content : JSON.stringify(content), { qos: 1, retain })
  }

  watch(...topics) { return this.client.subscribeAsync(topics, { qos: 1 }) }

  /** The status of a command. */
  status(op, id, device = 'edge-1') { return this.retained.get(`edge/v1/local/${device}/cmd/${op}/${id}/status`) }

  /** Gives a retained command and waits for its status. */
  async command(op, id, content, device = 'edge-1') {
    await this.publish(`edge/v1/local/${device}/cmd/${op}/${id}`, content, true)
    return until(`a status of ${op}/${id}`, () => this.status(op, id, device), 30).catch(() => null)
  }

  /** Waits until the device answers. */
  async untilAnswered(device = 'edge-1', seconds = 90, options = {}) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
      const query = { device, expiry: 5, patience: 5, body: { max_tokens: 8 }, ...options }
      if (isAnswer(await this.ask('What does alarm SP-14 mean?', query))) return
      await wait(0.2)
    }
    throw new Error(`${device} does not answer within ${seconds} s`)
  }

  end() { return this.client.endAsync(true) }
}

export const isAnswer = query => query?.replies.some(r => r.object === 'chat.completion') ?? false
export const code = query => query === null ? 'without reply' : query.replies[0]?.error?.code ?? 'answered'

/** Asks at a steady rate until stopped; then waits for the last replies and says how many have one, and how many two. */
export class Load {
  constructor(terminal, perSecond, options = {}) {
    this.queries = []
    this.timer = setInterval(() =>
      this.queries.push(terminal.send(`What does alarm SP-${10 + this.queries.length % 40} mean?`, { expiry: 120, ...options })),
    1000 / perSecond)
  }

  async stop(seconds = 60) {
    clearInterval(this.timer)
    await until('last replies', () => this.queries.every(q => q.replies.length), seconds).catch(() => { })
    await wait(1)
    const replied = this.queries.filter(q => q.replies.length).length
    const codes = {}
    for (const q of this.queries.filter(q => q.replies.length && !isAnswer(q))) codes[code(q)] = (codes[code(q)] ?? 0) + 1
    return { k: replied, n: this.queries.length, twice: this.queries.filter(q => q.replies.length > 1).length,
      codes: Object.entries(codes).map(([c, count]) => `, ${count} ${c}`).join('') }
  }
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
}
