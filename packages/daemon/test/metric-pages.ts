// Reads pages of metrics as Prometheus does, and says where one is not as it must be.

/** One line with a value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A family with its samples. */
export interface Family {
  readonly type: string
  readonly samples: readonly Sample[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (\S+)$/u
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/gu
const SUFFIXES = ['', '_bucket', '_sum', '_count']

/** The families of a page. @throws for whatever a reader could stumble over */
export function parsePage(page: string): Map<string, Family> {
  const families = new Map<string, { readonly type: string; readonly samples: Sample[] }>()
  let current = ''
  for (const line of page.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'TYPE') {
      if (families.has(name)) throw new Error(`${name} begins twice`)
      families.set(name, { type: rest, samples: [] })
      current = name
    } else if (kind === undefined && line !== '') addSample(families.get(current)?.samples, current, parseSample(line))
  }
  if (!page.endsWith('\n')) throw new Error('the last line does not end')
  return families
}

function addSample(samples: Sample[] | undefined, family: string, sample: Sample): void {
  if (!SUFFIXES.some((suffix) => sample.name === family + suffix)) throw new Error(`${sample.name} is in ${family}`)
  const key = JSON.stringify([sample.name, sample.labels])
  if (samples?.some(({ name, labels }) => JSON.stringify([name, labels]) === key))
    throw new Error(`${key} is there twice`)
  samples?.push(sample)
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${JSON.stringify(line)}`)
  const pairs = Array.from(labels.matchAll(LABEL), ([, key = '', text = '']) => [key, unescape(text)] as const)
  const number = value === '+Inf' ? Infinity : Number(value)
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`)
  return { name, labels: Object.fromEntries(pairs), value: number }
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gu, (_, character: string) => (character === 'n' ? '\n' : character))
}

/** The value of a sample; undefined when there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  const fits = (sample: Sample): boolean =>
    sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value)
  return family?.samples.find(fits)?.value
}
