// Trials of moments: a stall, a full disk, a wrong clock, two agents of one name.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { Agent, Broker, Clock, bundled, folder, slowStudent, until, wait } from './processes.mjs'
import { Load, Terminal, isAnswer } from './terminal.mjs'

/** The process is stopped near the end of an answer; then, idle, it must admit twenty queries with 5 s expiry. */
export async function stall({ full }) {
  const slow = slowStudent()
  const stalls = full ? [0.7, 1, 2, 4, 10, 10, 10, 30, 30] : [0.7, 2, 10, 30]
  let k = 0, n = 0, pieces = 0
  const others = []
  for (const seconds of stalls) {
    const broker = await Broker.start()
    const agent = new Agent(broker.port, { model: slow ?? undefined }).start()
    const terminal = await Terminal.connect(broker.port)
    await agent.ready()
    await terminal.untilAnswered()
    const question = 'Tell me what you know about bearings, step by step.', long = { expiry: 120, body: { max_tokens: 64 } }
    if (!pieces) pieces = (await terminal.ask(question, long))?.pieces ?? 0 // the same again at temperature 0
    let stalled = null
    const query = terminal.send(question, { ...long, onPiece: piece => {
      if (stalled || piece < pieces - 2) return
      agent.child.signal('SIGSTOP')
      stalled = wait(seconds).then(() => agent.child.signal('SIGCONT'))
    } })
    await Promise.race([query.done, wait(120)])
    const hit = stalled !== null
    await stalled
    await wait(2) // idle
    const result = await terminal.askAll(20, { expiry: 5, patience: 10, body: { max_tokens: 8 } })
    k += hit ? result.answered : 0
    n += 20
    if (!hit) others.push(`${seconds} s: not stopped in time`)
    if (result.others) others.push(`${seconds} s: ${result.others}`)
    await terminal.end()
    await agent.child.end('SIGTERM')
    await broker.stop()
  }
  return { k, n, note: `${slow ? 'SmolLM2 135M' : 'bundled student'}, near piece ${pieces - 2} of ${pieces}, `
    + `stalls of ${[...new Set(stalls)].join(', ')} s`
    + (others.length ? `; ${others.join('; ')}` : '') }
}

/** The disk is full when the agent starts: it serves, sets nothing aside, and serves the curated answer when there is space again. */
export async function diskFull() {
  const state = folder('tmpfs')
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'trials', state]).status !== 0) {
    return { skipped: 'a tmpfs cannot be mounted: needs root' }
  }
  try {
    const broker = await Broker.start()
    const agent = new Agent(broker.port, { state }).start()
    const terminal = await Terminal.connect(broker.port)
    await terminal.watch('edge/v1/local/+/cmd/+/+/status')
    await agent.ready()
    await terminal.command('answers-correct', 'good', { id: 'main', questions: ['where is the water main'], answer: 'Behind gate 4.' })
    await agent.child.end('SIGTERM')
    spawnSync('sh', ['-c', `cat /dev/zero >${path.join(state, 'ballast')}`])
    const checks = []
    const curated = async () => (await terminal.ask('where is the water main', { expiry: 20 }))?.replies[0].agent?.source === 'curated'
    await agent.start().ready()
    checks.push(['answers while the disk is full', (await terminal.askAll(10, { expiry: 20 })).answered === 10])
    checks.push(['the curated answer while the disk is full', await curated()])
    await agent.child.end('SIGTERM')
    fs.rmSync(path.join(state, 'ballast'))
    await agent.start().ready()
    checks.push(['the curated answer with space again', await curated()])
    const aside = fs.readdirSync(state, { recursive: true }).filter(f => `${f}`.includes('corrupt'))
    checks.push([`nothing set aside${aside.length ? `, found ${aside}` : ''}`, aside.length === 0])
    await agent.child.end('SIGTERM')
    await broker.stop()
    const wrong = checks.filter(([, good]) => !good).map(([what]) => what)
    return { k: checks.length - wrong.length, n: checks.length,
      note: wrong.length ? `wrong: ${wrong.join('; ')}` : checks.map(c => c[0]).join('; ') }
  } finally {
    spawnSync('umount', ['-l', state])
  }
}

/** A retry written 20 days ahead does not wait 20 days once the clock is right: while the agent runs, and after a restart. */
export async function clockAhead() {
  const clock = Clock.create()
  if (!clock) return { skipped: 'libfaketime is not installed' }
  const broker = await Broker.start()
  let requests = 0
  const server = http.createServer((_, response) => { requests++; response.writeHead(503).end() })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const terminal = await Terminal.connect(broker.port)
  await terminal.watch('edge/v1/local/+/cmd/+/+/status')
  let k = 0
  const seconds = []
  for (const restart of [false, true]) {
    const device = `edge-${restart ? 2 : 1}`
    clock.set('+20d')
    const agent = new Agent(broker.port, { device, keys: folder('keys'), clock }).start()
    await agent.ready()
    await terminal.publish(`edge/v1/local/${device}/cmd/model-update/u`, { bundle: 'ab'.repeat(32),
      url: `http://127.0.0.1:${server.address().port}/` }, true)
    const ahead = await until('a retry 20 days ahead', () => terminal.status('model-update', 'u', device)?.next_retry, 60)
    if (Date.parse(ahead) < Date.now() + 19 * 86_400_000) throw new Error(`the clock was not ahead: ${ahead}`)
    if (restart) await agent.child.end('SIGTERM')
    clock.set('+0')
    const [before, since] = [requests, Date.now()]
    if (restart) agent.start()
    await until('another try', () => requests > before, 120)
      .then(() => { k++; seconds.push(((Date.now() - since) / 1000).toFixed(0)) }, () => { })
    await agent.child.end('SIGTERM')
  }
  server.close()
  return { k, n: 2, note: `running, and after a restart; tried again after ${seconds.join(' and ') || 'no'} s` }
}

/** The clock jumps under load. */
export async function clockJumps({ full }) {
  const clock = Clock.create()
  if (!clock) return { skipped: 'libfaketime is not installed' }
  const broker = await Broker.start()
  const agent = new Agent(broker.port, { clock }).start()
  const terminal = await Terminal.connect(broker.port)
  await agent.ready()
  const load = new Load(terminal, full ? 15 : 8, { expiry: 30, body: { max_tokens: 16 } })
  for (const offset of ['+3600', '-1d', '+400d', '-20000d']) {
    clock.set(offset)
    await wait(full ? 10 : 3)
  }
  const result = await load.stop()
  const answered = load.queries.filter(isAnswer)
  return { k: answered.length, n: result.n, note: `+1 h, -1 d, +400 d, -20,000 d; answered twice ${result.twice}${result.codes}` }
}

/** Two agents of one name for a minute: the later one yields, and says so. */
export async function oneName({ full }) {
  const broker = await Broker.start()
  const terminal = await Terminal.connect(broker.port)
  // the later one has a student of another name, so that a reply says whose it is
  const other = path.join(folder('other'), 'bundle')
  fs.cpSync(bundled, other, { recursive: true })
  const manifest = path.join(other, 'student.json')
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace('"name": "cell-student"', '"name": "later"'))
  const earlier = await new Agent(broker.port, { config: { 'student:threads': 1 } }).start()
  await earlier.ready()
  const later = new Agent(broker.port, { model: other, config: { 'student:threads': 1 } }).start()
  await until('the later one connects', () => broker.connections('edge-agent-local-edge-1') > 1, 60)
  const connections = () => broker.connections('edge-agent-local-edge-1')
  const load = new Load(terminal, 1, { expiry: 30, body: { max_tokens: 16 } })
  const before = connections()
  await wait(full ? 120 : 60)
  const takeovers = connections() - before
  const result = await load.stop(40)
  const by = name => load.queries.filter(q => q.replies.some(r => r.model === name)).length
  const says = [earlier, later].filter(a => a.log.includes('Two devices have the same name')).length
  return { k: load.queries.filter(isAnswer).length, n: result.n, bad: says < 2 || by('cell-student') < result.n / 2,
    note: `${by('cell-student')} by the earlier, ${by('later')} by the later, twice ${result.twice}; ${takeovers} connections in `
      + `${full ? 120 : 60} s; ${says} of 2 name the cause` }
}
