// The real agent, and a proxy before it that keeps its address while the agent restarts and lets answers come slowly enough to see them.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class Agent {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'edge-agent-pages-'))
    this.heatFile = join(this.directory, 'heat.csv')
    this.heat(50)
  }

  /** Degrees that the device measures from now on. */
  heat(degrees) { writeFileSync(this.heatFile, `t_s,tj_c\n0,${degrees}\n1000000,${degrees}\n`) }

  async start(settings = {}) {
    const flags = ['run', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--state', join(this.directory, 'state'),
      '--simulate-heat', this.heatFile]
    this.process = spawn('dotnet', [process.env.EDGE_AGENT, ...flags], { env: { ...process.env, ...settings } })
    let log = ''
    this.process.stderr.on('data', data => { log += data })
    let output = ''
    await new Promise((resolve, reject) => {
      this.process.stdout.on('data', data => { if ((output += data).includes('\n')) resolve() })
      this.process.on('exit', code => reject(new Error(`the agent ended with ${code}: ${log}`)))
    })
    this.port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(output)[1])
    return this
  }

  get isRunning() { return this.process?.exitCode === null && this.process.signalCode === null }

  async kill(signal = 'SIGKILL') {
    if (!this.isRunning) return
    const gone = new Promise(resolve => this.process.once('exit', resolve))
    this.process.kill(signal)
    await gone
  }

  async end() {
    await this.kill('SIGTERM')
    rmSync(this.directory, { recursive: true, force: true })
  }

  async health() { return (await fetch(`http://127.0.0.1:${this.port}/health`)).json() }

  async until(condition, what) {
    for (let i = 0; i < 600; i++) {
      if (condition(await this.health())) return
      await new Promise(done => setTimeout(done, 200))
    }
    throw new Error(`the device did not get to ${what}: ${JSON.stringify(await this.health())}`)
  }

  async ask(question) {
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/chat/completions`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: question }] }),
    })
    return response.json()
  }

  library(manuals) {
    const library = join(this.directory, 'library')
    execFileSync('dotnet', [process.env.EDGE_AGENT, 'docs', 'add', manuals, library])
    return library
  }
}

export class Pacer {
  /** Milliseconds between two events of a stream. */
  pause = 0

  static async start() {
    const pacer = new Pacer()
    pacer.server = http.createServer((request, response) => pacer.#pass(request, response))
    await new Promise(done => pacer.server.listen(0, '127.0.0.1', done))
    pacer.url = `http://127.0.0.1:${pacer.server.address().port}`
    return pacer
  }

  /** The agent is dead: what it has not been seen to send counts as not sent, as if its student were slower than this proxy. */
  isCut = false

  #pass(request, response) {
    const { method, url, headers } = request
    const on = http.request({ port: this.port, host: '127.0.0.1', method, path: url, headers }, async answer => {
      response.writeHead(answer.statusCode, answer.headers)
      try {
        for await (const data of answer) {
          const isStream = answer.headers['content-type']?.startsWith('text/event-stream')
          for (const part of isStream ? String(data).split(/(?<=\n\n)/) : [data]) {
            if (isStream && this.pause > 0) await new Promise(done => setTimeout(done, this.pause))
            if (this.isCut) throw new Error('the agent is gone')
            response.write(part)
          }
        }
        response.end()
      } catch { response.destroy() }
    })
    on.on('error', () => response.destroy())
    response.on('close', () => on.destroy())
    request.pipe(on)
  }

  end() {
    this.server.closeAllConnections()
    this.server.close()
  }
}
