/** What is answered while the account's owner is away (RFC 8621 §8). */
export interface Vacation {
  isEnabled: boolean
  /** In force for what arrives from then on; null: from ever. */
  fromDate: Date | null
  /** In force for what arrives before; null: for ever. */
  toDate: Date | null
  /** Null: one that suits is made up, and so with the bodies. */
  subject: string | null
  textBody: string | null
  htmlBody: string | null
}

export interface VacationReader {
  /** There always is one: switched off and empty until somebody sets it. */
  get(): Promise<Vacation>
  /** What `claimReply` would give now. */
  replyTo(sender: string, receivedAt: Date): Promise<Vacation | null>
}

export interface VacationTransactor extends VacationReader {
  /** What is left out stays. With other words, nobody has had it yet. Errors: invalidText. */
  update(patch: Partial<Vacation>): Promise<void>
  /**
   * The response that this sender is to have for a message that arrived at that time, and it counts as sent; null
   * where none is in force or the sender had this one in the last seven days (RFC 3834 §2, RFC 5230 §4.2).
   */
  claimReply(sender: string, receivedAt: Date): Promise<Vacation | null>
}
