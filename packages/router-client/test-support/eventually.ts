/** Resolves with the next event that meets the condition. */
export function nextEvent<T>(
  listen: (listener: (event: T) => void) => () => void,
  condition: (event: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve) => {
    const stop = listen((event) => {
      if (!condition(event)) return
      stop()
      resolve(event)
    })
  })
}
