// Trial of a long outage: the link between device and broker is cut under telemetry, ratings, commands and queries, and the device is
// killed again and again. What broker or device had taken over must arrive, once.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { Agent, Broker, until, wait } from './processes.mjs'
import { Proxy } from './proxy.mjs'
import { Terminal, isAnswer } from './terminal.mjs'

/** The first column of a query to a database of the device, which may be open. */
function column(state, file, sql) {
  const script = 'import json,sqlite3,sys; print(json.dumps([r[0] for r in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])]))'
  const done = spawnSync('python3', ['-c', script, path.join(state, file), sql], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${file} cannot be read with python3: ${done.stderr ?? done.error}`)
  return JSON.parse(done.stdout)
}

/** Ten minutes and 20 kills with --full; otherwise one minute and 4. */
export async function outage({ full }) {
  const kills = full ? 20 : 4, lifetime = full ? 30 : 15 // seconds; the device measures itself every 10
  const broker = await Broker.start()
  const proxy = await Proxy.start(broker.port)
  const agent = new Agent(proxy.port, { config: { 'mqtt:maxReconnectSeconds': 1 } }).start()
  const terminal = await Terminal.connect(broker.port, { clientId: 'outage' })
  const telemetry = []
  terminal.client.on('message', (topic, payload, packet) => {
    if (!topic.endsWith('/telemetry')) return
    telemetry.push({ id: packet.properties?.userProperties?.id, at: Date.parse(JSON.parse(payload).at) })
  })
  await terminal.watch('edge/v1/local/+/telemetry', 'edge/v1/local/+/cmd/+/+/status')
  await agent.ready()
  const answerId = (await terminal.ask('What does alarm SP-14 mean?'))?.replies[0]?.agent?.answer_id
  if (!answerId) throw new Error('no answer before the cut')

  proxy.block()
  const from = Date.now()
  const queries = [], written = new Set()
  let rated = 0, commands = 0
  for (let life = 0; life < kills; life++) {
    for (let second = 0; second < lifetime; second++) {
      queries.push(terminal.send(`What does alarm SP-${10 + queries.length % 40} mean?`, { expiry: 3600, body: { max_tokens: 16 } }))
      await terminal.publish('edge/v1/local/edge-1/feedback', { answer_id: answerId, rating: 4 })
      rated++
      await wait(1)
    }
    await terminal.publish(`edge/v1/local/edge-1/cmd/answers-purge/p${commands++}`, { older_days: 36500 }, true)
    await agent.child.end('SIGKILL')
    column(agent.state, 'outbox.db', "SELECT id FROM outbox WHERE kind = 'Telemetry'").forEach(id => written.add(id))
    agent.start()
    await until('the agent is ready without a broker', () => agent.child.output.includes('edge-agent ready'), 90)
  }
  const minutes = (Date.now() - from) / 60_000
  const to = Date.now()
  proxy.open()
  // once more while what has waited is being sent
  await until('telemetry of the outage', () => telemetry.some(t => t.at > from && t.at < to), 60)
  await agent.child.end('SIGKILL')
  await agent.start().ready()
  await until('every query has a reply', () => queries.every(q => q.replies.length), 300).catch(() => { })
  const ratings = () => column(agent.state, 'business.db', 'SELECT COUNT(*) FROM feedback')[0]
  for (let second = 0; second < 60 && ratings() < rated; second++) await wait(1)
  await until('every message of the outage', () => [...written].every(id => telemetry.some(t => t.id === id)), 30).catch(() => { })
  proxy.end()

  const answered = queries.filter(isAnswer).length
  const counted = ratings()
  const twice = queries.filter(q => q.replies.length > 1).length
  const statuses = Array.from({ length: commands }, (_, i) => terminal.status('answers-purge', `p${i}`)).filter(Boolean).length
  const ids = telemetry.map(t => t.id)
  const arrived = [...written].filter(id => ids.includes(id)).length
  const inside = new Set(telemetry.filter(t => t.at > from && t.at < to).map(t => t.id)).size
  return { k: answered + Math.min(counted, rated) + statuses + arrived, n: queries.length + rated + commands + written.size,
    bad: inside === 0 || ids.includes(undefined),
    note: `cut for ${minutes.toFixed(1)} min, ${kills + 1} kills; queries ${answered} of ${queries.length} (two replies: ${twice}), ratings `
      + `${counted} of ${rated}, commands ${statuses} of ${commands}, telemetry ${arrived} of ${written.size} found on the disk after a kill, `
      + `${inside} of the outage; under a known id again on the wire: ${ids.length - new Set(ids).size}` }
}
