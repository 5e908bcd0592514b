// How a command ends that is not done.

/** The connection closed before the answer: it may be done or not. */
export class Lost extends Error {
  override readonly name = 'Lost'
}

/** The server said no. */
export class Refused extends Error {
  override readonly name = 'Refused'
  /** `isTemporary`: it is to be tried again later. */
  constructor(
    message: string,
    readonly isTemporary: boolean,
  ) {
    super(message)
  }
}
