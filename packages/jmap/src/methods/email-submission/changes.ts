// EmailSubmission/changes: RFC 8621 §7.2, RFC 8620 §5.2.
import { ownAccountMethod } from '../method.js'
import { CHANGES_ARGUMENTS, changesFrom, renderChanges } from '../standard.js'

export const emailSubmissionChanges = ownAccountMethod(
  CHANGES_ARGUMENTS,
  async ({ account, limits }, args) => {
    const { since, max } = changesFrom(args, limits)
    return account.read(async (r) =>
      renderChanges(
        'submission',
        args.sinceState,
        await r.changes.submission(since, max),
        r.marks.submission,
      ),
    )
  },
)
