// Trials of what must hold under load: kills, stops, restarts of the broker, cut connections, updates, planted personal data, floods.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Agent, Broker, bundled, folder, until, verb, wait } from './processes.mjs'
import { Proxy } from './proxy.mjs'
import { Load, Terminal, isAnswer, percentile } from './terminal.mjs'

/** An agent under load while something is done to it several times: every query gets a reply. */
async function underLoad(times, disturb, { proxied = false, perSecond = 8, pause = 2, seconds = 120 } = {}) {
  const broker = await Broker.start()
  const proxy = proxied ? await Proxy.start(broker.port) : null
  const agent = new Agent(proxy?.port ?? broker.port).start()
  const terminal = await Terminal.connect(broker.port)
  await agent.ready()
  const load = new Load(terminal, perSecond, { body: { max_tokens: 24 } })
  const said = []
  for (let i = 0; i < times; i++) {
    await wait(pause + Math.random())
    said.push(await disturb({ agent, broker, proxy }))
  }
  await wait(1)
  const result = await load.stop(seconds)
  proxy?.end()
  return { k: result.k, n: result.n, said, note: `${times} times; twice ${result.twice}${result.codes}` }
}

export const agentKill = ({ full }) => underLoad(full ? 20 : 4, async ({ agent }) => {
  await agent.child.end('SIGKILL')
  await agent.start().ready()
})

export async function agentTerminate({ full }) {
  const result = await underLoad(full ? 10 : 3, async ({ agent }) => {
    const code = await agent.child.end('SIGTERM')
    await agent.start().ready()
    return code
  })
  return { ...result, bad: result.said.some(code => code !== 0), note: `${result.note}; exit codes ${result.said.join(', ')}` }
}

export const agentStop = ({ full }) => underLoad(full ? 3 : 1, async ({ agent }) => {
  agent.child.signal('SIGSTOP')
  await wait(20)
  agent.child.signal('SIGCONT')
})

export const brokerRestart = ({ full }) => underLoad(full ? 30 : 5, async ({ broker }) => {
  await broker.stop()
  await wait(0.3)
  await broker.again()
})

export async function connectionCuts({ full }) {
  const times = full ? 20 : 4
  const result = await underLoad(times, async ({ agent, broker, proxy }) => {
    let cuts = 0
    for (const end = Date.now() + 3000 + Math.random() * 2000; Date.now() < end; await wait(Math.random() * 0.4)) cuts += proxy.cut()
    const terminal = await Terminal.connect(broker.port)
    await terminal.untilAnswered(agent.device, 60)
    await terminal.end()
    return cuts
  }, { proxied: true, pause: 1 })
  return { ...result, note: `${result.note}; ${result.said.reduce((a, b) => a + b, 0)} connections cut, back ${times} of ${times}` }
}

/** A signed bundle of a higher release, and the folder of the key that is trusted. */
function nextRelease() {
  const place = folder('release')
  const key = path.join(place, 'key.pem'), keys = path.join(place, 'keys'), bundle = path.join(place, 'bundle')
  fs.mkdirSync(keys)
  spawnSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key])
  spawnSync('openssl', ['ec', '-in', key, '-pubout', '-out', path.join(keys, 'test.pem')])
  fs.cpSync(bundled, bundle, { recursive: true })
  const manifest = path.join(bundle, 'student.json')
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace(/"release": *\d+/, '"release": 1000'))
  return { key, keys, bundle }
}

const phases = ['init', 'scheduled', 'downloading', 'verifying', 'staging', 'trial', 'committed']

/** An update of three agents over the broker; each is killed in some of the phases, and serves and ends committed. */
export async function updateKills({ full }) {
  const broker = await Broker.start()
  const url = `mqtt://127.0.0.1:${broker.port}`
  const { key, keys, bundle } = nextRelease()
  const names = full ? Array.from({ length: 7 }, (_, i) => `edge-${i + 1}`) : ['edge-1', 'edge-2', 'edge-3']
  const config = { 'student:threads': 1, 'updates:trialSeconds': 4, 'updates:trialQueries': 4, 'updates:wantSeconds': 1,
    'updates:canary': 1, 'updates:minSpeed': 0.01, 'updates:trialAttempts': 10 } // the agents and their probes share two cores
  const agents = names.map(device => new Agent(broker.port, { device, keys, config }).start())
  const terminal = await Terminal.connect(broker.port)
  await terminal.watch('edge/v1/local/+/cmd/+/+/status')
  await Promise.all(agents.map(a => a.ready()))
  const sha = verb('fleet', 'publish', bundle, '--private-key', key, '--broker', url).split('\n').at(-1)
  const killed = []
  let served = 0
  await Promise.all(agents.map(async (agent, i) => {
    const { device } = agent
    // slow enough that a kill can meet the download
    await terminal.publish(`edge/v1/local/${device}/cmd/model-update/u`, { bundle: sha, bandwidth: 400_000 }, true)
    for (const phase of phases.filter((_, p) => p % names.length === i)) {
      // a phase may be over before its status is seen: the next one seen counts
      const seen = await until(`${device} is past ${phase}`, () => {
        const { state } = terminal.status('model-update', 'u', device) ?? {}
        return state && (phases.indexOf(state) >= phases.indexOf(phase) || !phases.includes(state)) ? state : null
      }, 150)
      await agent.child.end('SIGKILL')
      killed.push(seen)
      await agent.start().ready()
      await terminal.untilAnswered(device, 60)
      served++
    }
    // a trial wants queries
    await until(`${device} ends`, async () => {
      await terminal.ask('What does alarm SP-14 mean?', { device, expiry: 5, patience: 5 })
      return ['committed', 'failed', 'rolled-back'].includes(terminal.status('model-update', 'u', device)?.state)
    }, 150).catch(() => { })
  }))
  const states = names.map(d => terminal.status('model-update', 'u', d))
  const committed = states.filter(s => s?.state === 'committed').length
  const wrong = states.filter(s => s?.state !== 'committed').map(s => `${s?.state} ${s?.reason ?? ''} ${s?.detail ?? ''}`)
  return { k: committed, n: names.length, bad: served < killed.length,
    note: `killed in ${killed.join(', ')}; serves again ${served} of ${killed.length}${wrong.length ? `; ${wrong.join('; ')}` : ''}` }
}

const planted = ['王建国', 'Margaret Holloway', '13800138000', '11010519491231002X', '6222021234567890128',
  'holloway@press-shop.example', '北京市朝阳区建国路88号', '4111111111111111', '+44 7700 900123']

/** Personal data in queries, commands and garbage: none of it is found in state, logs or output, in any of four encodings. */
export async function plantedData({ full }) {
  const broker = await Broker.start()
  const agent = new Agent(broker.port, { config: { 'logs:level': 'Verbose', 'answers:learn': 'true' } }).start()
  const terminal = await Terminal.connect(broker.port)
  await agent.ready()
  // what the scan must find
  const control = 'Behind gate 4, left of the door.'
  await terminal.publish('edge/v1/local/edge-1/cmd/answers-correct/c', { id: 'c', questions: ['where is the water main'], answer: control })
  for (let round = 0; round < (full ? 5 : 2); round++) {
    for (const value of planted) {
      const query = await terminal.ask(`My name is Margaret Holloway, note ${value} and tell me what alarm SP-14 means.`, { expiry: 30 })
      const id = query?.replies[0]?.agent?.answer_id
      await terminal.publish('edge/v1/local/edge-1/feedback', { answer_id: id, rating: 5, comment: value })
      await terminal.publish('edge/v1/local/edge-1/query', `{"messages":[{"role":"user","content":"${value}`) // broken JSON
      await terminal.publish(`edge/v1/local/edge-1/cmd/answers-purge/p${round}`, `{"older_days":"${value}"}`)
      await terminal.publish('edge/v1/local/edge-1/feedback', value)
    }
  }
  await wait(1)
  await agent.child.end(full ? 'SIGABRT' : 'SIGKILL')
  const files = fs.readdirSync(agent.state, { recursive: true }).map(f => path.join(agent.state, `${f}`))
    .filter(f => fs.statSync(f).isFile())
  const places = [['output', Buffer.from(agent.log)], ...files.map(f => [path.relative(agent.state, f), fs.readFileSync(f)])]
  const hits = []
  for (const value of [control, ...planted]) {
    const escaped = [...value].map(c => c > '~' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c).join('')
    const forms = [Buffer.from(value), Buffer.from(value, 'utf16le'), Buffer.from(Buffer.from(value).toString('base64').slice(0, -3)),
      Buffer.from(escaped), Buffer.from(escaped.toUpperCase().replaceAll('\\U', '\\u'))]
    const found = places.filter(([, bytes]) => forms.some(form => bytes.includes(form))).map(([name]) => name)
    if (value === control && !found.length) throw new Error('the scan does not find a curated answer: it would find nothing else')
    if (value !== control && found.length) hits.push(`${value} in ${found.join(', ')}`)
  }
  return { k: planted.length - hits.length, n: planted.length, note: `values in none of ${places.length} files and outputs`
    + (hits.length ? `; found: ${hits.join('; ')}` : '') }
}

/** One client's flood of ratings and bad commands: another's queries take at most twice their idle time (99th percentile). */
export async function flood({ full }) {
  const broker = await Broker.start()
  const agent = new Agent(broker.port).start()
  const [quiet, loud] = [await Terminal.connect(broker.port), await Terminal.connect(broker.port)]
  await agent.ready()
  const perSecond = full ? 1 : 4, seconds = full ? 100 : 20
  const load = async busy => {
    const queries = []
    for (const end = Date.now() + seconds * 1000; Date.now() < end || !busy.done; await wait(1 / perSecond)) {
      queries.push(quiet.send('What does alarm SP-14 mean?', { expiry: 30, body: { max_tokens: 24 } }))
    }
    await until('last replies', () => queries.every(q => q.replies.length), 40).catch(() => { })
    return queries
  }
  await quiet.untilAnswered()
  await load({ done: true }) // warm
  const idle = await load({ done: true })
  const rated = (await loud.ask('What does alarm SP-15 mean?'))?.replies[0].agent?.answer_id
  const [ratings, commands] = [20_000, 5_000]
  const begun = Date.now()
  const busy = { done: false }
  let lasted
  const send = async () => {
    const paced = full ? 250 : 1250 // of 25,000 messages a second's share
    for (let sent = 0; sent < ratings + commands; sent += paced) {
      await Promise.all(Array.from({ length: paced }, (_, i) => (sent + i) % 5
        ? loud.publish('edge/v1/local/edge-1/feedback', { answer_id: rated, rating: 1 + i % 5 })
        : loud.publish(`edge/v1/local/edge-1/cmd/model-update/flood-${sent + i}`, '{"bundle":"no"}')))
      const due = begun + (sent + paced) / (ratings + commands) * seconds * 1000
      if (due > Date.now()) await wait((due - Date.now()) / 1000)
    }
    lasted = (Date.now() - begun) / 1000
    busy.done = true
  }
  const [under] = await Promise.all([load(busy), send()])
  const times = queries => queries.filter(isAnswer).map(q => q.seconds * 1000)
  const [before, during] = [times(idle), times(under)]
  const [p99, p99Idle] = [percentile(during, 0.99), percentile(before, 0.99)]
  return { k: during.length, n: under.length, bad: !(p99 <= 2 * p99Idle),
    note: `${ratings} ratings and ${commands} bad commands in ${lasted.toFixed(0)} s; p50/p99 ${percentile(during, 0.5).toFixed(0)}/`
      + `${p99.toFixed(0)} ms, idle ${percentile(before, 0.5).toFixed(0)}/${p99Idle.toFixed(0)} ms: p99 ratio `
      + `${(p99 / p99Idle).toFixed(2)} (allowed: 2)` }
}
