import type { Plugin } from 'rolldown'

/**
 * Leaves npm `ws` out: it would be the largest part of the tracker engine, which is asked for no WebSocket server.
 * Making one all the same would fail at once, because there is none of its methods.
 */
export const withoutWebSockets: Plugin = {
  name: 'without-web-sockets',
  resolveId: { filter: { id: /^ws$/ }, handler: () => '\0ws' },
  load: { filter: { id: /^\0ws$/ }, handler: () => 'export class WebSocketServer {}' },
}
