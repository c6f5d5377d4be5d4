// A visitor before the kiosk: a page whose requests must stay on loopback.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export class Browser {
  strangers = []
  faults = []

  static async start() {
    const browser = new Browser()
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ['--no-sandbox', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    })
    return browser
  }

  /** A new visitor: nothing of the one before. */
  async visit(url, options = {}) {
    const context = await this.chromium.newContext({ viewport: { width: 1024, height: 600 }, reducedMotion: 'reduce', ...options })
    await context.route('**/*', route => {
      if (new URL(route.request().url()).hostname === '127.0.0.1') return route.continue()
      this.strangers.push(route.request().url())
      return route.abort()
    })
    await context.addInitScript(record)
    const page = await context.newPage()
    page.on('pageerror', error => this.faults.push(String(error)))
    page.on('console', message => {
      if (/Content Security Policy/i.test(message.text())) this.faults.push(message.text())
    })
    page.setDefaultTimeout(60_000)
    await page.goto(url)
    await page.locator('#question').waitFor()
    return page
  }

  end() { return this.chromium.close() }
}

/** Runs in the page: how long the newest answer's text was, each time it changed, until the answer was whole. */
function record() {
  window.seen = []
  window.printed = []
  window.print = () => window.printed.push([...document.querySelectorAll('.printed')].map(e => e.textContent))
  addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
    const last = [...document.querySelectorAll('.exchange')].at(-1)
    if (!last?.classList.contains('streaming')) return
    const length = last.querySelector('.text')?.textContent.length ?? 0
    if (length > 0 && length !== window.seen.at(-1)) window.seen.push(length)
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true }))
}

export const last = page => page.locator('.exchange').last()
export const answered = async page => {
  const exchange = page.locator('.exchange.done').last()
  await last(page).and(page.locator('.done')).waitFor()
  return exchange
}
export const text = async page => (await (await answered(page)).locator('.text').innerText()).trim()

export async function type(page, question) {
  await page.fill('#question', question)
  await page.keyboard.press('Enter')
}

/** What axe finds, serious or critical. */
export async function findings(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
    .map(v => `${v.id}: ${v.nodes.map(n => `${n.target} ${n.failureSummary}`).join('; ')}`)
}

export const shot = (page, name) => page.screenshot({ path: join(process.env.ARTIFACTS, `${name}.png`) })

/** The page is not wider than its window, and what is asked for lies inside it. */
export const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
