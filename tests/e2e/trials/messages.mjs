// Trials of single messages: a reply that the broker refuses, a topic it finds malformed, commands that ask for nonsense, a refused
// subscription. Each returns { k, n, note }.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Agent, Broker, folder, repository, until, wait } from './processes.mjs'
import { Proxy } from './proxy.mjs'
import { Terminal } from './terminal.mjs'

/** A mosquitto with the access rules that we ship; its users have the password "secret". */
async function securedBroker(...devices) {
  const place = folder('access')
  const shipped = fs.readFileSync(path.join(repository, 'provisioning/mosquitto/acl'), 'utf8')
  const blocks = devices.map(d => `user ${d}\ntopic write clients/+/rsp\ntopic write clients/+/rsp/#\n`).join('\n')
  fs.writeFileSync(path.join(place, 'acl'), `${shipped}\n${blocks}`)
  fs.writeFileSync(path.join(place, 'secret'), 'secret\n')
  for (const user of ['terminal', 'fleet', ...devices]) {
    const passwords = path.join(place, 'passwords')
    spawnSync('mosquitto_passwd', ['-b', ...(fs.existsSync(passwords) ? [] : ['-c']), passwords, user, 'secret'])
  }
  for (const file of fs.readdirSync(place)) fs.chmodSync(path.join(place, file), 0o644)
  const broker = await Broker.start(`allow_anonymous false\nacl_file ${place}/acl\npassword_file ${place}/passwords`)
  return { broker, passwordFile: path.join(place, 'secret') }
}

/** One query whose reply the broker refuses; then ten of another terminal, and ten after a restart. */
export async function refusedReply({ full }) {
  let k = 0, n = 0
  for (let run = 0; run < (full ? 4 : 1); run++) {
    const { broker, passwordFile } = await securedBroker('edge-1')
    const agent = new Agent(broker.port, { config: { 'mqtt:username': 'edge-1', 'mqtt:passwordFile': passwordFile } }).start()
    const login = { username: 'terminal', password: 'secret' }
    const [bad, good] = [await Terminal.connect(broker.port, login), await Terminal.connect(broker.port, login)]
    await agent.ready()
    bad.send('?', { reply: 'clients/x/other' })
    await wait(1)
    for (const restart of [false, true]) {
      if (restart) {
        await agent.child.end('SIGTERM')
        await agent.start().ready()
      }
      k += (await good.askAll(10, { expiry: 10 })).answered
      n += 10
    }
    await Promise.all([bad.end(), good.end()])
    await agent.child.end('SIGTERM')
    await broker.stop()
  }
  return { k, n, note: 'ten more queries, and ten after a restart' }
}

const levels = n => Array(n).fill('a').join('/')
const malformed = ['\uffff', '\ufdd0', '\ufffe', '\u{1ffff}', '\u{10fffe}', '\ufdef', levels(201), levels(250)]

/** Reply topics that mosquitto calls malformed, to each device of a pool of three and to the pool. */
export async function malformedTopic({ full }) {
  const broker = await Broker.start()
  const names = ['edge-1', 'edge-2', 'edge-3']
  const agents = names.map(device => new Agent(broker.port, { device, pool: 'p', config: { 'student:threads': 1 } }).start())
  await Promise.all(agents.map(a => a.ready()))
  const [bad, good] = [await Terminal.connect(broker.port), await Terminal.connect(broker.port)]
  for (let round = 0; round < (full ? 6 : 1); round++) {
    for (const topic of malformed) {
      for (const device of ['any', ...names]) {
        bad.send('?', { device, reply: null, body: { reply_to: `clients/${topic}`, id: topic.slice(0, 9) } })
      }
    }
  }
  const { answered, others } = await good.askAll(20, { device: 'any', expiry: 10 })
  const reconnects = names.map(d => broker.connections(`edge-agent-local-${d}`) - 1)
  return { k: answered, n: 20, bad: reconnects.some(r => r > 0),
    note: `reconnects ${reconnects.join(', ')} of three devices (allowed: 0)${others && `; ${others}`}` }
}

/** A broker that ends the connection over a topic which passes our checks: such replies in a pool of three. */
export async function poisonReply({ full }) {
  const broker = await Broker.start()
  const strict = await Proxy.start(broker.port, { fromAgent: p => p.cmd === 'publish' && p.topic.startsWith('clients/poison') ? null : p })
  const names = ['edge-1', 'edge-2', 'edge-3']
  const agents = names.map(device => new Agent(strict.port, { device, pool: 'p', config: { 'student:threads': 1 } }).start())
  await Promise.all(agents.map(a => a.ready()))
  const [bad, good] = [await Terminal.connect(broker.port), await Terminal.connect(broker.port)]
  const queries = full ? 6 : 2
  for (let i = 0; i < queries; i++) bad.send('?', { device: 'any', reply: 'clients/poison', body: { stream: i % 2 === 0, max_tokens: 8 } })
  const begun = Date.now()
  const { answered, others } = await good.askAll(20, { device: 'any', expiry: 60 })
  await wait(Math.max(0, 60 - (Date.now() - begun) / 1000))
  const reconnects = names.map(d => broker.connections(`edge-agent-local-${d}`) - 1)
  const parked = agents.reduce((sum, a) => sum + a.child.count('was given up'), 0)
  strict.end()
  return { k: answered, n: 20, bad: reconnects.some(r => r > 10),
    note: `${queries} such queries; reconnects in a minute ${reconnects.join(', ')} (allowed: 10 a device)`
      + (others && `; ${others}`) + (parked ? `; ${parked} given up` : '') }
}

const nonsense = [
  ['answers-correct', { id: 'x', questions: [null], answer: 'y' }],
  ['answers-correct', { questions: [null], answer: 'y' }],
  ['answers-correct', { id: 'x', questions: [], answer: 'y' }],
  ['answers-correct', { id: 'x', questions: ['q', 7], answer: 'y' }],
  ['answers-correct', { id: 'x', questions: ['q'], answer: null }],
  ['answers-correct', '[null]'],
  ['answers-correct', 'null'],
  ['answers-purge', { match: '' }],
  ['answers-purge', { match: null }],
  ['answers-purge', { older_days: -1 }],
  ['answers-purge', '{"older_days":1e300}'],
  ['answers-purge', '{"older_days":1e999}'],
  ['answers-purge', {}],
  ['no-such-op', {}],
  ['model-update', { bundle: 'x' }],
  ['key-rotation', 'null'],
]

/** Commands that ask for nonsense: each is refused with a status, deletes nothing, and the agent starts thereafter. */
export async function badCommand({ full }) {
  let k = 0, n = 0
  const wrong = []
  const count = (good, what) => { n++; good ? k++ : wrong.push(what) }
  for (let run = 0; run < (full ? 3 : 1); run++) {
    const broker = await Broker.start()
    const agent = new Agent(broker.port).start()
    const fleet = await Terminal.connect(broker.port)
    await fleet.watch('edge/v1/local/+/cmd/+/+/status')
    await agent.ready()
    await fleet.command('answers-correct', 'good', { id: 'main', questions: ['where is the water main'], answer: 'Behind gate 4.' })
    for (const [i, [op, content]] of nonsense.entries()) {
      const status = await fleet.command(op, `bad${i}`, content)
      count(status?.state === 'failed', `${op} ${JSON.stringify(content)}: ${status?.state ?? 'no status'}`)
    }
    for (let start = 0; start < 3; start++) {
      await agent.child.end('SIGTERM')
      await agent.start().ready()
      const kept = await fleet.ask('where is the water main', { expiry: 20 })
      count(kept?.replies[0].agent?.source === 'curated', `start ${start + 1}: ${kept ? JSON.stringify(kept.replies[0]) : 'no reply'}`)
      const loop = await fleet.command('answers-correct', `later${start}`,
        { id: `l${start}`, questions: [`question ${start}`], answer: 'x' })
      count(loop?.state === 'committed', `a good command after start ${start + 1}: ${loop?.state ?? 'no status'}`)
    }
    await fleet.end()
    await agent.child.end('SIGTERM')
    await broker.stop()
  }
  return { k, n, note: wrong.length ? wrong.join('; ') : 'refused with a status; 3 starts each; good commands still done' }
}

/** A broker that refuses subscriptions for ten seconds and then grants them. */
export async function refusedSubscription({ full }) {
  let k = 0
  const n = full ? 3 : 1
  const seconds = []
  for (let run = 0; run < n; run++) {
    const broker = await Broker.start()
    let refuse = true
    const proxy = await Proxy.start(broker.port,
      { fromBroker: p => p.cmd === 'suback' && refuse ? { ...p, granted: p.granted.map(() => 0x87) } : p })
    const agent = new Agent(proxy.port).start()
    const terminal = await Terminal.connect(broker.port)
    await until('a first connection', () => proxy.connections > 0, 60)
    await wait(10)
    refuse = false
    const granted = Date.now()
    await terminal.untilAnswered('edge-1', 60).then(() => { k++; seconds.push(((Date.now() - granted) / 1000).toFixed(1)) }, () => { })
    proxy.end()
    await terminal.end()
    await agent.child.end('SIGTERM')
    await broker.stop()
  }
  return { k, n, note: `refused for 10 s; answers ${seconds.join(', ') || 'never'} s after it is granted` }
}
