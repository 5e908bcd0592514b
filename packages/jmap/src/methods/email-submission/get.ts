// EmailSubmission/get: RFC 8621 §7.1, RFC 8620 §5.1.
import { formatState } from '../../objects/state.js'
import { renderSubmission, SUBMISSION_PROPERTIES } from '../../objects/submission.js'
import { ownAccountMethod } from '../method.js'
import { GET_ARGUMENTS, tooManyObjects, wantedIds, wantedProperties } from '../standard.js'

export const emailSubmissionGet = ownAccountMethod(GET_ARGUMENTS, async ({ account, limits }, args) => {
  const properties = wantedProperties('EmailSubmission', SUBMISSION_PROPERTIES, args.properties)
  const wanted = wantedIds('submission', args.ids, limits)
  const { marks, submissions } = await account.read(async (r) => {
    const ids = wanted?.ids ?? (await r.submission.ids(limits.maxObjectsInGet + 1))
    if (ids.length > limits.maxObjectsInGet) throw tooManyObjects(limits)
    return { marks: r.marks, submissions: await r.submission.list(ids) }
  })
  return {
    state: formatState(marks.submission),
    list: submissions.map((submission) => renderSubmission(submission, properties)),
    notFound: wanted?.notFound(submissions.map(({ id }) => id)) ?? [],
  }
})
