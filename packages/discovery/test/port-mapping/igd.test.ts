import { describe, expect, it } from 'vitest'

import { addAction, readErrorCode, readServices } from '../../src/port-mapping/igd.ts'
import type { IgdService } from '../../src/port-mapping/igd.ts'
import { elementsNamed, parseXml } from '../../src/port-mapping/xml.ts'
import { describe as description, WAN_IP } from './fake-igd.ts'

const LOCATION = new URL('http://192.168.1.1:5000/desc/root.xml')

function services(urls: readonly string[], base?: string): string[] {
  const text = description(
    urls.map((url) => [WAN_IP, url]),
    base === undefined ? '' : `<URLBase>${base}</URLBase>`,
  )
  return readServices(parseXml(text)!, LOCATION).map(({ controlUrl }) => controlUrl.href)
}

describe('readServices', () => {
  it('resolves control URLs against the description or its base', () => {
    expect(services(['/ctl', 'ctl', 'http://192.168.1.1:49152/x?a=1&amp;b'])).toEqual([
      'http://192.168.1.1:5000/ctl',
      'http://192.168.1.1:5000/desc/ctl',
      'http://192.168.1.1:49152/x?a=1&b',
    ])
    expect(services(['ctl'], 'http://192.168.1.1:80/base/')).toEqual(['http://192.168.1.1/base/ctl'])
  })

  it.each([
    'http://192.168.1.2/ctl',
    '//192.168.1.2/ctl',
    '\\\\192.168.1.2\\ctl',
    'http://192.168.1.1@192.168.1.2/',
    'http://user@192.168.1.1/',
    'http://192.168.1.1.example.com/',
    'https://192.168.1.1/',
    'ftp://192.168.1.1/',
    'javascript:1',
    'http://[',
    '',
  ])('does not lead to %j', (url) => {
    expect(services([url])).toEqual([])
  })

  it.each(['http://192.168.1.2/', 'http://example.com/', 'nonsense'])('has no use for the base %j', (base) => {
    expect(services(['/ctl'], base)).toEqual([])
  })

  it('reads four services, of known types', () => {
    expect(services(Array.from({ length: 9 }, (_, i) => `/${i}`))).toHaveLength(4)
    const text = description([
      ['urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1', '/a'],
      [`${WAN_IP}"><x/>`.replaceAll(/[<>]/g, ''), '/b'],
    ])
    expect(readServices(parseXml(text)!, LOCATION)).toEqual([])
  })
})

describe('addAction', () => {
  it('is XML, whatever the description holds', () => {
    const service: IgdService = { type: WAN_IP, controlUrl: LOCATION }
    const wish = { protocol: 'udp', internalPort: 1, externalPort: 2, nonce: new Uint8Array(12) } as const
    const options = { internalIp: '192.168.1.5', lifetimeS: 3600, description: '</x>&lt;"\'' }
    const action = addAction(service, wish, options)
    expect(action.name).toBe(`${WAN_IP}#AddPortMapping`)
    const fields = elementsNamed(parseXml(action.body)!, 'AddPortMapping')[0]!.children
    expect(fields.map(({ name, text }) => `${name} ${text}`)).toEqual([
      'NewRemoteHost ',
      'NewExternalPort 2',
      'NewProtocol UDP',
      'NewInternalPort 1',
      'NewInternalClient 192.168.1.5',
      'NewEnabled 1',
      'NewPortMappingDescription </x>&lt;"\'',
      'NewLeaseDuration 3600',
    ])
  })
})

describe('readErrorCode', () => {
  it.each([
    ['<a><errorCode>718</errorCode></a>', 718],
    ['<a><b><errorCode> 402 </errorCode></b></a>', 402],
    ['<a><errorCode>-1</errorCode></a>', undefined],
    ['<a><errorCode>99999</errorCode></a>', undefined],
    ['<a/>', undefined],
  ])('%s is %s', (xml, code) => {
    expect(readErrorCode(parseXml(xml)!)).toBe(code)
  })
})
