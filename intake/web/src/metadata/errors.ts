/** The one way in which a file's hidden data cannot be removed. */

import { SealedIntakeError } from "../errors.ts"

/**
 * A file that is damaged, too large or of a kind that cannot be cleaned.
 *
 * Messages name the format and its rule, never what the file holds.
 */
export class MetadataError extends SealedIntakeError {
    override readonly name = "MetadataError"
}
