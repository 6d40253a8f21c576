// A pending connect keeps Node alive, and nothing can unref it. Two rules bound that:
// - Connects to the same host take turns. With many parts that each retry, one of them would otherwise always be
//   connecting to a host that never answers, and the process would never end. After a failure the next turn
//   starts by an unref'd timer, so a process that has nothing else to do ends there.
// - A connect is cut after `SHORT_MS`, unless the host needs longer: each cut doubles the host's limit, up to
//   `LONG_MS`, and a connect within `SHORT_MS` resets it. Past `SHORT_MS` a connect must not be the last thing that
//   keeps the process alive.

const HANDOVER_MS = 20
const SHORT_MS = 3_000
const LONG_MS = 30_000
/** How often a connect that is past `SHORT_MS` is checked. */
const CHECK_MS = 250

const lastTurns = new Map<string, Promise<void>>()
/** Limits of the hosts that need more than `SHORT_MS`. */
const limitsMs = new Map<string, number>()

export interface ConnectTurn {
  /**
   * The connect begins.
   *
   * @param cut Must end the connect. Called at most once: when it takes too long, or when the signal aborts.
   */
  begin(cut: (cause: unknown) => void): void
  /** Ends the turn; only the first call counts. 'reused' means that no connect was needed. */
  end(how: 'connected' | 'reused' | 'failed'): void
}

/**
 * Resolves when no other connect to `host` is pending.
 *
 * @param name What errors call the host.
 * @throws the signal's reason on abort.
 */
export async function takeConnectTurn(
  host: string,
  signal: AbortSignal,
  name = host,
): Promise<ConnectTurn> {
  let finish: () => void = () => undefined
  const mine = new Promise<void>((resolve) => {
    finish = resolve
  })
  const before = lastTurns.get(host) ?? Promise.resolve()
  const last = before.then(() => mine)
  lastTurns.set(host, last)
  void last.then(() => {
    if (lastTurns.get(host) === last) lastTurns.delete(host)
  })
  await settledOrAborted(before, signal)
  if (signal.aborted) {
    finish()
    throw signal.reason
  }
  let watch: ReturnType<typeof watchConnect> | undefined
  let ended = false
  return {
    begin(cut) {
      watch = watchConnect({ host, name, signal, cut })
    },
    end(how) {
      if (ended) return
      ended = true
      watch?.stop()
      if (how === 'connected' && watch?.isShort() === true) limitsMs.delete(host)
      if (how === 'failed') setTimeout(finish, HANDOVER_MS).unref()
      else finish()
    },
  }
}

/** Cuts a connect in time. */
function watchConnect(connect: {
  readonly host: string
  readonly name: string
  readonly signal: AbortSignal
  readonly cut: (cause: unknown) => void
}) {
  const { host, name, signal, cut } = connect
  const limitMs = limitsMs.get(host) ?? SHORT_MS
  let waitedMs = 0
  let timer = setTimeout(check, SHORT_MS).unref()
  signal.addEventListener('abort', abort)

  function check(): void {
    waitedMs += waitedMs === 0 ? SHORT_MS : CHECK_MS
    const isLate = waitedMs >= limitMs
    if (!isLate && !isHeldByConnects()) {
      timer = setTimeout(check, CHECK_MS).unref()
      return
    }
    if (isLate) limitsMs.set(host, Math.min(2 * limitMs, LONG_MS))
    end(new Error(`no connection to ${name} within ${waitedMs} ms`))
  }

  function abort(): void {
    end(signal.reason)
  }

  function end(cause: unknown): void {
    stop()
    cut(cause)
  }

  function stop(): void {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }

  return { stop, isShort: () => waitedMs === 0 }
}

/**
 * Whether the process is alive for pending connects only. Pipes and terminals do not count: those of the output are
 * listed although they hold nothing.
 */
function isHeldByConnects(): boolean {
  const names = process.getActiveResourcesInfo()
  const others = names.filter((name) => !/ConnectWrap$|^GetAddrInfoReqWrap$/.test(name))
  return others.length < names.length && others.every((name) => /^(?:Pipe|TTY)Wrap$/.test(name))
}

function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    void promise.then(done)
    if (signal.aborted) done()
  })
}
