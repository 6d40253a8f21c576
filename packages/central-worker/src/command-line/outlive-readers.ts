// A reader of the output may go away before the end, as `head` does.

/**
 * Keeps that from ending the process: a command finishes its work and exits with its own code, in silence. Output
 * that is lost for another reason, as on a full disk, is an error: `onLoss` gets it.
 */
export function outliveReaders(onLoss: (error: Error) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') onLoss(error)
    })
  }
}
