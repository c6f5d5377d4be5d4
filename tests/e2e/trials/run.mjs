// Runs the trials one after the other and prints a table of k of N. Exit code 0: all as promised.
import { agentKill, agentStop, agentTerminate, brokerRestart, connectionCuts, flood, plantedData, updateKills } from './held.mjs'
import { badCommand, malformedTopic, poisonReply, refusedReply, refusedSubscription } from './messages.mjs'
import { clockAhead, clockJumps, diskFull, oneName, stall } from './moments.mjs'
import { outage } from './outage.mjs'
import { endAll, wait } from './processes.mjs'

/** name: [what k and N count, limit in seconds, trial] */
const trials = {
  'refused-reply': ['queries answered after a reply that the broker refuses', 120, refusedReply],
  'malformed-topic': ['pool queries answered after malformed reply topics', 120, malformedTopic],
  stall: ['queries with 5 s expiry answered after a stall near the end of an answer', 300, stall],
  'bad-command': ['bad commands refused, starts and good commands afterwards', 180, badCommand],
  'refused-subscription': ['links that work once a refused subscription is granted', 150, refusedSubscription],
  'disk-full': ['what holds when the agent starts on a full disk', 120, diskFull],
  'clock-ahead': ['updates tried again once the clock is right', 300, clockAhead],
  'one-name': ['queries answered while two agents have one name', 180, oneName],
  'agent-kill': ['queries with a reply, SIGKILL of the agent', 240, agentKill],
  'agent-terminate': ['queries with a reply, SIGTERM of the agent', 240, agentTerminate],
  'agent-stop': ['queries with a reply, agent stopped for 20 s', 180, agentStop],
  'broker-restart': ['queries with a reply, broker restarted', 180, brokerRestart],
  'connection-cuts': ['queries with a reply, connections cut', 240, connectionCuts],
  outage: ['queries, ratings, commands and telemetry of an outage that arrive, agent killed meanwhile', 500, outage],
  'clock-jumps': ['queries answered while the clock jumps', 120, clockJumps],
  'update-kills': ['updates committed, agent killed in every phase', 400, updateKills],
  'planted-data': ['planted personal values found nowhere', 180, plantedData],
  'poison-reply': ['pool queries answered while a broker ends connections over a reply', 300, poisonReply],
  flood: ["queries answered under another client's flood", 240, flood],
}

const full = process.argv.includes('--full')
const names = process.argv.slice(2).filter(a => a !== '--full')
const unknown = names.filter(n => !(n in trials))
if (unknown.length) {
  console.error(`unknown trial ${unknown.join(', ')}; known: ${Object.keys(trials).join(', ')}`)
  process.exit(2)
}

const rows = []
let failed = 0
for (const name of names.length ? names : Object.keys(trials)) {
  const [what, limit, trial] = trials[name]
  const begun = Date.now()
  const seconds = limit * (full ? 10 : 1)
  let result
  try {
    result = await Promise.race([trial({ full }), wait(seconds).then(() => { throw new Error(`did not end within ${seconds} s`) })])
  } catch (error) {
    result = { error: error.message }
  }
  await endAll()
  const good = result.skipped || (!result.error && !result.bad && result.k === result.n && result.n > 0)
  if (!good) failed++
  const outcome = result.skipped ? 'skipped' : result.error ? 'error' : `${result.k} of ${result.n}`
  const note = result.skipped ?? result.error ?? result.note ?? ''
  rows.push(`| ${name} | ${what} | ${outcome} | ${note} |`)
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${outcome} ${what}; ${note} (${((Date.now() - begun) / 1000).toFixed(0)} s)`)
}
console.log(['', '| trial | what is counted | k of N | notes |', '|---|---|---|---|', ...rows, ''].join('\n'))
console.log('every file of state damaged: DamagedStateTests (tests/run --slice Scenarios.DamagedStateTests)')
console.log(failed ? `${failed} of ${rows.length} trials failed` : `all ${rows.length} trials are as promised`)
process.exit(failed ? 1 : 0)
