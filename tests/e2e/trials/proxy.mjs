// A proxy between an agent and the broker: cuts connections, and plays a broker that answers otherwise.
import net from 'node:net'
import mqttPacket from 'mqtt-packet'

const version5 = { protocolVersion: 5 }

export class Proxy {
  /** `fromAgent` and `fromBroker` see each packet: they return it (changed or not), or null to end the connection. */
  static async start(port, { fromAgent, fromBroker } = {}) {
    const proxy = new Proxy()
    proxy.sockets = new Set()
    proxy.connections = 0
    proxy.server = net.createServer(agent => {
      proxy.connections++
      if (proxy.isBlocked) return void agent.destroy()
      const broker = net.connect(port, '127.0.0.1')
      const both = [agent, broker]
      const close = () => both.forEach(s => { s.destroy(); proxy.sockets.delete(s) })
      both.forEach(s => { proxy.sockets.add(s); s.setNoDelay(true); s.on('error', close); s.on('close', close) })
      pipe(agent, broker, fromAgent, agent)
      pipe(broker, agent, fromBroker, agent)
    })
    await new Promise(resolve => proxy.server.listen(0, '127.0.0.1', resolve))
    proxy.port = proxy.server.address().port
    return proxy
  }

  cut() {
    const count = this.sockets.size / 2
    this.sockets.forEach(s => s.resetAndDestroy?.() ?? s.destroy())
    return count
  }

  /** Cuts, and lets nobody through until it is opened. */
  block() {
    this.isBlocked = true
    return this.cut()
  }

  open() { this.isBlocked = false }

  end() {
    this.cut()
    this.server.close()
  }
}

function pipe(from, to, change, agent) {
  if (!change) return void from.on('data', data => to.writable && to.write(data))
  const parser = mqttPacket.parser(version5)
  parser.on('error', () => from.destroy())
  parser.on('packet', packet => {
    const changed = change(packet)
    if (!changed) {
      // what a broker says that finds a topic malformed
      agent.end(mqttPacket.generate({ cmd: 'disconnect', reasonCode: 0x90 }, version5))
    } else if (to.writable) to.write(mqttPacket.generate(changed, version5))
  })
  from.on('data', data => parser.parse(data))
}
