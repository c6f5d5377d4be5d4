// The processes of a trial: a mosquitto and agents on loopback, each ended by its id when the trial ends.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

export const repository = path.resolve(process.env.TRIALS_REPOSITORY ?? '.')
const dll = path.join(repository, 'agent/bin/Release/net10.0/edge-agent.dll')
export const bundled = path.join(repository, 'provisioning/models/cell-student')
export const shared = path.resolve(repository, '../shared/data')

export const wait = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000))

/** Waits until the condition holds; an error that names it after so many seconds. */
export async function until(what, condition, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(0.05)) {
    const value = await condition()
    if (value) return value
  }
  throw new Error(`${what}: not within ${seconds} s`)
}

const running = new Set()

/** A child process with its output in memory and, where a path is given, in a file. */
export class Child {
  constructor(program, args, options = {}) {
    this.output = ''
    this.process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    running.add(this)
    this.ended = new Promise(resolve => this.process.on('close', (code, signal) => {
      running.delete(this)
      resolve(code ?? signal)
    }))
    this.process.on('error', error => { this.output += error })
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', data => { this.output += data })
  }

  signal(name) { if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(name) }

  async end(name = 'SIGKILL') {
    this.signal('SIGCONT')
    this.signal(name)
    return this.ended
  }

  count(text) { return this.output.split(text).length - 1 }
}

export const endAll = () => Promise.all([...running].map(child => child.end()))
process.on('exit', () => running.forEach(child => child.signal('SIGKILL')))

export function freePort() {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

let folders = 0
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'trials-'))
fs.chmodSync(root, 0o755)
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }))

/** A new folder. Its users are many: mosquitto, started by root, becomes another user. */
export function folder(name = 'folder') {
  const made = path.join(root, `${folders++}-${name}`)
  fs.mkdirSync(made)
  fs.chmodSync(made, 0o777)
  return made
}

/** A mosquitto with persistence. */
export class Broker {
  static async start(configuration = 'allow_anonymous true') {
    const broker = new Broker()
    broker.port = await freePort()
    broker.folder = folder('mosquitto')
    broker.earlier = ''
    fs.writeFileSync(path.join(broker.folder, 'm.conf'), [`listener ${broker.port} 127.0.0.1`, configuration, 'persistence true',
      `persistence_location ${broker.folder}/`, 'max_queued_messages 100000', 'message_size_limit 2097152', ''].join('\n'))
    await broker.again()
    return broker
  }

  get log() { return this.earlier + this.child.output }

  async again() {
    if (this.child) this.earlier += this.child.output
    this.child = new Child('mosquitto', ['-c', path.join(this.folder, 'm.conf')])
    await until('mosquitto listens', () => new Promise(resolve => {
      const socket = net.connect(this.port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
      socket.on('error', () => resolve(false))
    }), 20)
  }

  stop(signal = 'SIGTERM') { return this.child.end(signal) }

  /** Connections of a client id so far. */
  connections(id) { return this.log.split(new RegExp(`New client connected from .* as ${id} `)).length - 1 }
}

const settings = {
  DOTNET_TieredPGO: '0',
  EDGE_AGENT__THERMAL__ENABLED: 'false', // no sensors here
  EDGE_AGENT__ANSWERS__LEARN: 'false', // the student answers every query
  EDGE_AGENT__STUDENT__SPINNING: 'false',
}

/** `edge-agent run`, with its state in a folder; `start` again keeps it. */
export class Agent {
  constructor(port, { device = 'edge-1', pool, model, keys, state, config = {}, args = [], clock } = {}) {
    this.state = state ?? folder('state')
    this.device = device
    this.args = [dll, 'run', '--broker', `mqtt://127.0.0.1:${port}`, '--device', device, '--state', this.state,
      ...(model ? ['--model', model] : []), ...(keys ? ['--keys', keys] : []), ...args]
    const environment = { ...settings, ...(pool ? { EDGE_AGENT__MQTT__POOL: pool } : {}) }
    for (const [key, value] of Object.entries(config)) environment[`EDGE_AGENT__${key.toUpperCase().replace(/:/g, '__')}`] = `${value}`
    this.environment = { ...process.env, ...environment, ...(clock?.environment ?? {}) }
    this.output = ''
  }

  start() {
    if (this.child) this.output += this.child.output
    this.child = new Child('dotnet', this.args, { cwd: this.state, env: this.environment })
    return this
  }

  get log() { return this.output + this.child.output }

  /** Waits until the student has answered and the broker has the subscriptions. */
  ready() {
    return until(`${this.device} is ready`, () => {
      const { exitCode } = this.child.process
      if (exitCode !== null) throw new Error(`${this.device} ended with ${exitCode}: ${this.child.output}`)
      return this.child.output.includes('edge-agent ready') && this.child.output.includes('Connected to mqtt')
    }, 90)
  }
}

/** Runs a verb to its end; an error with its output unless it ends with 0. */
export function verb(...args) {
  const done = spawnSync('dotnet', [dll, ...args], { encoding: 'utf8', env: process.env })
  if (done.status !== 0) throw new Error(`${args.slice(0, 2).join(' ')}: ${done.stderr || done.stdout}`)
  return done.stdout.trim()
}

/** A clock for one process that can be set from outside, by libfaketime; null where that is not installed. */
export class Clock {
  static create() {
    const library = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(a => `/usr/lib/${a}/faketime/libfaketimeMT.so.1`).find(fs.existsSync)
    if (!library) return null
    const clock = new Clock()
    clock.file = path.join(folder('clock'), 'offset')
    clock.set('+0')
    clock.environment = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock.file, FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    return clock
  }

  /** An offset to the right time, such as -1d or +3600. */
  set(offset) {
    fs.writeFileSync(`${this.file}.new`, offset)
    fs.renameSync(`${this.file}.new`, this.file)
  }
}

let slowBundle
/** A student with slow steps: SmolLM2 135M where shared data has it, else null. */
export function slowStudent() {
  if (slowBundle !== undefined) return slowBundle
  const source = path.join(shared, 'models/smollm2-135m-instruct')
  const file = fs.existsSync(source) && fs.readdirSync(source).find(f => f.endsWith('.gguf'))
  if (!file) return slowBundle = null
  const out = path.join(folder('slow'), 'bundle')
  verb('model', 'import', '--from', path.join(source, file), '--out', out, '--quant', 'rtn')
  return slowBundle = out
}
