// Formats of text that several messages use.
import { pattern } from '../../schema/values.ts'

/** Any 128 bits in the form of a UUID. */
export const guid = pattern(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'a UUID')

/** A UUID of RFC 9562. */
export const uuid = pattern(
  /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|0{8}-(0{4}-){3}0{12}|[fF]{8}-([fF]{4}-){3}[fF]{12})$/,
  'a UUID',
)

export const sha256 = pattern(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')

export const sessionHash = pattern(/^[0-9a-f]{16}$/, '16 lower-case hex characters')

/** ISO 8601 with an offset, years 1900 to 2099, only days that exist. SQL has the same pattern. */
export const timePattern =
  /^((19|20)[0-9]{2}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(19|20)[0-9]{2}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|(19|20)[0-9]{2}-02-(0[1-9]|1[0-9]|2[0-8])|(19(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))-02-29)T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$/

export const isoTime = pattern(timePattern, 'an ISO 8601 time with an offset')
