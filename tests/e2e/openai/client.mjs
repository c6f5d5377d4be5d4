// Asks a running agent with OpenAI's official client: node client.mjs http://127.0.0.1:PORT/v1
import assert from 'node:assert/strict'
import OpenAI from 'openai'

const baseURL = process.argv[2]
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
const question = [{ role: 'user', content: 'Alarm SP-14, what should I do?' }]
let done = 0
async function check(name, test) {
  await test()
  done++
  console.log(`ok ${name}`)
}
async function refused(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  assert.fail('expected a refusal')
}

const models = []
await check('models.list', async () => {
  for await (const model of client.models.list()) models.push(model.id)
  assert.equal(models.length, 1)
  assert.equal((await client.models.retrieve(models[0])).id, models[0])
})
const model = models[0]

let whole
await check('chat.completions.create', async () => {
  whole = await client.chat.completions.create({ model, messages: question })
  assert.match(whole.choices[0].message.content, /SP-14/)
  assert.equal(whole.object, 'chat.completion')
  assert.equal(whole.choices[0].finish_reason, 'stop')
  assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens)
  assert.ok(whole._request_id, 'the client finds x-request-id')
})

await check('stream: names, types and order of the chunks', async () => {
  const stream = await client.chat.completions.create({ model, messages: question, stream: true, stream_options: { include_usage: true } })
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  for (const chunk of chunks) {
    assert.equal(chunk.object, 'chat.completion.chunk')
    assert.equal(typeof chunk.id, 'string')
    assert.equal(typeof chunk.created, 'number')
    assert.equal(chunk.model, model)
  }
  assert.equal(new Set(chunks.map((c) => c.id)).size, 1)
  assert.deepEqual(chunks[0].choices[0].delta, { role: 'assistant', content: '' })
  assert.ok(chunks.length > 5, `${chunks.length} chunks`)
  const last = chunks.at(-1)
  assert.deepEqual(last.choices, [])
  assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens)
  assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop')
  assert.ok(chunks.slice(0, -2).every((c) => c.choices[0].finish_reason === null && c.usage === null))
  assert.equal(chunks.slice(0, -1).map((c) => c.choices[0].delta.content ?? '').join(''), whole.choices[0].message.content)
})

await check('stream helper: the final completion', async () => {
  const stream = client.chat.completions.stream({ model, messages: question, logprobs: true, top_logprobs: 2 })
  const final = await stream.finalChatCompletion()
  assert.equal(final.choices[0].message.content, whole.choices[0].message.content)
  assert.equal(final.choices[0].logprobs.content.map((t) => t.token).join(''), whole.choices[0].message.content)
})

await check('max_tokens, max_completion_tokens, stop, seed, temperature, top_p', async () => {
  const sample = { model, messages: question, max_completion_tokens: 6, seed: 7, temperature: 1, top_p: 0.9 }
  const [one, two] = [await client.chat.completions.create(sample), await client.chat.completions.create(sample)]
  assert.equal(one.choices[0].finish_reason, 'length')
  assert.equal(one.usage.completion_tokens, 6)
  assert.equal(one.choices[0].message.content, two.choices[0].message.content)
  const stopped = await client.chat.completions.create({ model, messages: question, max_tokens: 100, stop: [':'] })
  assert.ok(!stopped.choices[0].message.content.includes(':'))
})

await check('response_format', async () => {
  const schema = { type: 'object', properties: { code: { enum: ['SP-14', 'RB-12'] } }, required: ['code'], additionalProperties: false }
  const answer = await client.chat.completions.create({ model, messages: question,
    response_format: { type: 'json_schema', json_schema: { name: 'alarm', strict: true, schema } } })
  assert.ok(['SP-14', 'RB-12'].includes(JSON.parse(answer.choices[0].message.content).code))
})

await check('errors have status, code and type', async () => {
  const unknown = await refused(client.chat.completions.create({ model: 'gpt-4', messages: question }))
  assert.ok(unknown instanceof OpenAI.BadRequestError)
  assert.deepEqual([unknown.status, unknown.code, unknown.type], [400, 'invalid_request', 'invalid_request_error'])
  const streamed = await refused(client.chat.completions.create({ model, messages: [], stream: true }))
  assert.equal(streamed.status, 400)
  assert.ok((await refused(client.models.retrieve('gpt-4'))) instanceof OpenAI.NotFoundError)
  assert.ok((await refused(client.embeddings.create({ model, input: 'x' }))) instanceof OpenAI.NotFoundError)
})

await check('a stream that is left early', async () => {
  const stream = await client.chat.completions.create({ model, messages: question, stream: true })
  for await (const _ of stream) break
})

console.log(`${done} checks passed with openai ${(await import('openai/version')).VERSION}`)
