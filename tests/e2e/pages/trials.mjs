// The kiosk as a visitor meets it. Each trial is one promise of docs/operate/kiosk.md.
import assert from 'node:assert/strict'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import { Agent, Pacer } from './agent.mjs'
import { answered, Browser, findings, last, overflow, shot, text, type } from './visitor.mjs'

const heat = 'SP-14'
const english = 'What do I do about alarm SP-14?'
const agent = await new Agent().start()
const pacer = await Pacer.start()
pacer.port = agent.port
const browser = await Browser.start()
let passed = 0
const failed = []

const only = process.argv[2]
async function trial(name, run) {
  if (only && !name.includes(only)) return
  try {
    await run()
    passed++
    console.log(`passed: ${name}`)
  } catch (error) {
    failed.push(name)
    console.log(`FAILED: ${name}\n  ${String(error.stack ?? error).split('\n').slice(0, 12).join('\n  ')}`)
  } finally {
    await Promise.all(browser.chromium.contexts().map(c => c.close()))
    pacer.pause = 0
    pacer.isCut = false
    if (!agent.isRunning) await agent.start()
    pacer.port = agent.port
  }
}
const visit = options => browser.visit(pacer.url, options)
const inEnglish = async options => {
  const page = await visit(options)
  await page.getByRole('button', { name: 'English' }).click()
  return page
}

await trial('a start question in Chinese streams and says where the answer comes from', async () => {
  const page = await visit()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN')
  await shot(page, 'welcome-zh')
  pacer.pause = 60
  await page.getByRole('button', { name: /SP-14/ }).click()
  await last(page).and(page.locator('.streaming')).waitFor()
  assert.match(await text(page), /主轴变频器.*Z7.*R4/)
  const seen = await page.evaluate(() => window.seen)
  assert.ok(seen.length >= 5 && seen[0] < seen.at(-1) / 2, `pieces before the end: ${seen}`)
  assert.match(await last(page).locator('.source').innerText(), /由模型生成[\s\S]*L0 · 正常/)
  await shot(page, 'answer-zh')
})

await trial('a typed question in English is answered in English', async () => {
  const page = await inEnglish()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
  await shot(page, 'welcome-en')
  await type(page, 'How do I measure a tool?')
  assert.match(await text(page), /O9020/)
  assert.match(await last(page).locator('.source').innerText(), /Written by the model[\s\S]*L0 · normal/)
  await shot(page, 'answer-en')
})

await trial('an answer is rated, with whether it solved the problem', async () => {
  const page = await inEnglish()
  await type(page, english)
  await answered(page)
  const send = page.getByRole('button', { name: 'Send' })
  assert.ok(await send.isDisabled())
  await page.getByRole('radio', { name: '4 stars' }).check()
  await page.getByRole('radio', { name: 'Yes' }).check()
  const [request] = await Promise.all([page.waitForRequest('**/v1/feedback'), send.click()])
  const { answer_id: id, ...rest } = request.postDataJSON()
  assert.ok(id.length > 10)
  assert.deepEqual(rest, { rating: 4, resolved: true })
  assert.equal((await request.response()).status(), 204)
  await page.getByText('Your rating was stored').waitFor()
})

await trial('the QR code holds question and answer, as a phone reads it', async () => {
  const page = await visit()
  await page.getByRole('button', { name: /SP-14/ }).click()
  const answer = await text(page)
  await page.getByRole('button', { name: '带走答案' }).click()
  const picture = PNG.sync.read(await page.locator('.qr svg').screenshot())
  const code = jsqr(new Uint8ClampedArray(picture.data), picture.width, picture.height)
  assert.equal(Buffer.from(code.binaryData).toString('utf8'), `报警 SP-14 怎么处理?\n\n${answer}`)
  await shot(page, 'qr')
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
})

await trial('printing prints the one answer', async () => {
  const page = await inEnglish()
  await type(page, english)
  await answered(page)
  await type(page, 'How do I measure a tool?')
  await answered(page)
  await page.getByRole('button', { name: 'Print' }).last().click()
  const printed = await page.evaluate(() => window.printed)
  assert.equal(printed.length, 1)
  assert.equal(printed[0].length, 1)
  assert.match(printed[0][0], /O9020/)
})

await trial('an idle screen warns, can be kept, and forgets the conversation and the settings', async () => {
  const page = await visit()
  await page.clock.install()
  await page.goto(pacer.url)
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('button', { name: /Text size/ }).click()
  await type(page, english)
  await answered(page)
  await page.fill('#question', 'half a question')
  await page.clock.runFor(82_000)
  await page.getByText('Are you still there?').waitFor()
  await shot(page, 'idle')
  await page.getByRole('button', { name: 'I am still here' }).click()
  await page.clock.runFor(60_000)
  assert.equal(await page.locator('.exchange').count(), 1)
  await page.clock.runFor(31_000)
  await page.getByRole('heading', { name: '需要什么帮助？' }).waitFor()
  assert.doesNotMatch(await page.content(), /SP-14: spindle|half a question/)
  assert.equal(await page.inputValue('#question'), '')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.size), '1')
})

await trial('an agent that is killed in the middle of an answer: the page says so and recovers by itself', async () => {
  const page = await inEnglish()
  pacer.pause = 150
  await type(page, 'What do I do about alarm SP-11?') // not asked before: a stored answer comes in one piece
  await page.waitForFunction(() => window.seen.length >= 3)
  await agent.kill()
  pacer.isCut = true
  await page.locator('.exchange .notice', { hasText: 'The connection to the device broke off' }).waitFor()
  await page.getByText('No connection to the device').waitFor()
  await shot(page, 'interrupted')
  pacer.pause = 0
  await agent.start()
  pacer.port = agent.port
  pacer.isCut = false
  assert.match(await text(page), /loose foundation bolts[\s\S]*O67/)
  assert.equal(await page.locator('.exchange').count(), 1)
  await page.locator('.state', { hasText: 'Ready' }).waitFor()
})

await trial('an answer is stopped', async () => {
  const page = await inEnglish()
  pacer.pause = 200
  await type(page, 'What do I do about alarm SP-12?')
  await page.waitForFunction(() => window.seen.length >= 2)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Stopped.').first().waitFor()
  await type(page, 'How do I measure a tool?')
  pacer.pause = 0
  assert.match(await text(page), /O9020/)
})

await trial('by keyboard alone: ask, rate, take along, start over', async () => {
  const page = await visit()
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.id)
  assert.equal(await focused(), 'question')
  await page.keyboard.type('报警 SP-14 怎么处理?')
  await page.keyboard.press('Enter')
  await answered(page)
  assert.equal(await focused(), 'question')
  const back = async (name, role = 'button') => {
    const target = page.getByRole(role, { name }).first()
    for (let i = 0; i < 30 && !(await target.evaluate(e => e === document.activeElement)); i++) await page.keyboard.press('Shift+Tab')
    assert.ok(await target.evaluate(e => e === document.activeElement), `${name} is reached by Shift+Tab`)
  }
  await back('带走答案')
  await page.keyboard.press('Enter')
  await page.locator('dialog').waitFor()
  await page.keyboard.press('Escape')
  // the way back into a group without a choice leads to its last one
  await back('否', 'radio')
  await page.keyboard.press('ArrowUp')
  assert.ok(await page.getByRole('radio', { name: '是' }).isChecked())
  await back('5 星', 'radio')
  await page.keyboard.press('Space')
  assert.ok(await page.getByRole('radio', { name: '5 星' }).isChecked())
  await page.keyboard.press('Enter')
  await page.getByText('评价已保存').waitFor()
  await back('重新开始')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: '需要什么帮助？' }).waitFor()
  assert.equal(await focused(), 'question')
})

await trial('Enter that ends the composition of a word does not ask', async () => {
  const page = await visit()
  await page.fill('#question', '报警')
  await page.evaluate(() => document.getElementById('question')
    .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })))
  await page.locator('.exchange').waitFor({ state: 'detached' })
  assert.equal(await page.inputValue('#question'), '报警')
})

await trial('by touch alone: the on-screen keys', async () => {
  const page = await inEnglish({ hasTouch: true, viewport: { width: 1024, height: 600 } })
  await page.getByRole('button', { name: 'On-screen keys' }).tap()
  for (const key of ['S', 'P', '-', '1', '5', 'Erase', '4']) await page.locator('.keypad').getByRole('button', { name: key, exact: true }).tap()
  assert.equal(await page.inputValue('#question'), heat)
  await shot(page, 'keypad')
  await page.locator('.keypad .enter').tap()
  assert.match(await text(page), /Z7/)
  const small = await page.evaluate(() => [...document.querySelectorAll('button, .stars label, .solved label')]
    .filter(e => e.getBoundingClientRect().height > 0 && Math.min(e.getBoundingClientRect().height, e.getBoundingClientRect().width) < 36)
    .map(e => `${e.textContent} ${JSON.stringify(e.getBoundingClientRect())}`))
  assert.deepEqual(small, [])
})

for (const [name, viewport, scale] of [['1024x600', { width: 1024, height: 600 }, 1], ['1920x1080', { width: 1920, height: 1080 }, 1],
  ['1024x600 at 200 % zoom', { width: 512, height: 300 }, 2], ['portrait 800x1280', { width: 800, height: 1280 }, 1],
  ['a phone of 320 pixels', { width: 320, height: 640 }, 2]])
  await trial(`${name}: everything is reached, nothing is cut off, in every text size`, async () => {
    const page = await inEnglish({ viewport, deviceScaleFactor: scale })
    for (let size = 1; size <= 3; size++) {
      assert.ok((await overflow(page)) <= 0, `welcome is ${await overflow(page)} px too wide in size ${size}`)
      await shot(page, `${name.replaceAll(' ', '-').replace('%', 'percent')}-welcome-${size}`)
      await type(page, english)
      await answered(page)
      assert.ok((await overflow(page)) <= 0, `the answer is ${await overflow(page)} px too wide in size ${size}`)
      for (const button of await page.getByRole('button').all()) await button.scrollIntoViewIfNeeded()
      await shot(page, `${name.replaceAll(' ', '-').replace('%', 'percent')}-answer-${size}`)
      await page.getByRole('button', { name: 'Start over' }).click()
      await page.getByRole('button', { name: /Text size/ }).click()
    }
  })

await trial('axe finds nothing serious, in every colour scheme', async () => {
  for (const colorScheme of ['light', 'dark', 'contrast']) {
    const page = await inEnglish({ colorScheme: colorScheme === 'contrast' ? 'light' : colorScheme })
    if (colorScheme === 'contrast') for (let i = 0; i < 3; i++) await page.getByRole('button', { name: /Colours/ }).click()
    await page.waitForFunction(theme => document.documentElement.dataset.theme === theme, colorScheme)
    const found = { welcome: await findings(page) }
    await shot(page, `welcome-${colorScheme}`)
    await page.getByRole('button', { name: 'On-screen keys' }).click()
    await type(page, english)
    await answered(page)
    found.answer = await findings(page)
    await page.getByRole('button', { name: 'On-screen keys' }).click()
    await shot(page, `answer-${colorScheme}`)
    await page.getByRole('button', { name: 'Take it along' }).click()
    found.code = await findings(page)
    assert.deepEqual(found, { welcome: [], answer: [], code: [] }, colorScheme)
  }
})

for (const [code, status, words] of [['overloaded', 429, /Many questions are waiting.*about 3 s/], ['too_long', 413, /question is too long/],
  ['expired', 504, /took too long/], ['unauthorized', 401, /API key/], ['internal_error', 500, /Something went wrong/]])
  await trial(`refusal ${code} is said in human words`, async () => {
    const page = await inEnglish()
    const error = { message: 'x', code, ...(code === 'overloaded' ? { retry_after_s: 2.5 } : {}) }
    await page.route('**/v1/chat/completions', route => route.fulfill({ status, json: { error } }))
    await type(page, english)
    await last(page).and(page.locator('.refused')).waitFor()
    assert.match(await last(page).locator('.notice p').innerText(), words)
    await page.unroute('**/v1/chat/completions')
    await page.getByRole('button', { name: 'Ask again' }).click()
    assert.match(await text(page), /Z7/)
  })

await trial('an answer of the plant’s documents shows where it stands', async () => {
  const other = new Agent()
  try {
    await other.start({ EDGE_AGENT__Knowledge__Library: other.library(process.env.MANUALS), EDGE_AGENT__Kiosk__Name: 'Lathe LX-200' })
    const page = await browser.visit(`http://127.0.0.1:${other.port}`)
    await page.getByText('Lathe LX-200').waitFor()
    await type(page, 'Who is allowed to work in the electrical cabinet?')
    await answered(page)
    assert.match(await last(page).locator('.source').innerText(), /摘自工厂文档/)
    assert.match(await last(page).locator('.citations').innerText(), /\[1\]\s*Lathe LX-200[\s\S]*Who may do what[\s\S]*electricians/i)
    assert.doesNotMatch(await text(page), /\[1\] Lathe/)
    await shot(page, 'citations')
    assert.deepEqual(await findings(page), [])
  } finally {
    await other.end()
  }
})

await trial('at L2 a stored answer is marked as one, with its age', async () => {
  for (let i = 0; i < 2; i++) await agent.ask('How do I change a cutting insert?')
  await agent.kill('SIGTERM')
  agent.heat(87) // from the start: a rise would be extrapolated beyond L2
  await agent.start()
  pacer.port = agent.port
  await agent.until(h => h.level === 'L2', 'L2')
  const page = await inEnglish()
  await page.locator('.state', { hasText: 'Warm: stored answers first' }).waitFor()
  await type(page, 'How do I change a cutting insert?')
  assert.match(await text(page), /TX15/)
  assert.match(await last(page).locator('.source').innerText(), /Stored answer[\s\S]*(from a moment ago|old)[\s\S]*L2 · warm/)
  await shot(page, 'cached-l2')
})

await trial('at L4 a refusal is explained in human words', async () => {
  agent.heat(97)
  await agent.until(h => h.level === 'L4', 'L4')
  const page = await inEnglish()
  await page.locator('.state', { hasText: 'Too hot: stored answers only' }).waitFor()
  await type(page, 'How do I change the chuck jaws on a Sunday?')
  await last(page).and(page.locator('.refused')).waitFor()
  const words = await last(page).locator('.notice p').innerText()
  assert.match(words, /too hot and has stopped writing answers[\s\S]*cools down by itself/)
  assert.doesNotMatch(words, /unavailable|generation is suspended|L4/)
  await shot(page, 'refused-l4')
  assert.deepEqual(await findings(page), [])
})

await trial('no request left loopback, no script failed, no policy was violated', async () => {
  assert.deepEqual(browser.strangers, [])
  assert.deepEqual(browser.faults, [])
})

await browser.end()
pacer.end()
await agent.end()
console.log(`${passed} of ${passed + failed.length} trials passed; screenshots: ${process.env.ARTIFACTS}`)
process.exit(failed.length === 0 ? 0 : 1)
