/** How long running commands and sending attempts may take to finish when the server stops, in ms. */
export const STOP_LIMIT = 10_000

/** Whether the work ended in time, in ms. */
export async function within(limit: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, limit, false)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
