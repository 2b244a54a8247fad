// Streams to clients that do not read.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { sendAnswer } from '../src/http/send.ts'

it('ends a stream whose client does not read, before it fills the memory', async () => {
  const closed = Promise.withResolvers<number>()
  const server = createServer((_, response) => {
    let written = 0
    sendAnswer(response, {
      status: 200,
      stream: (write) => {
        const text = 'x'.repeat(1_000_000)
        const timer = setInterval(() => {
          write(text)
          written += text.length
        }, 1)
        response.on('close', () => {
          clearInterval(timer)
          closed.resolve(written)
        })
      },
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).pause()
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  // What it keeps, and what the two sockets take.
  expect(await closed.promise).toBeLessThan(32_000_000)
})
