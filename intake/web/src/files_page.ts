// The part that deals with files, fetched by the pages that need it (page/files_loader_page.ts).

import { FILES_PART_EVENT } from "./page/files_part.ts"
import type { FilesPart } from "./page/files_part.ts"
import { VisitFiles } from "./page/visit_files_page.ts"

const part: FilesPart = { open: (view, settings) => new VisitFiles(view, settings) }

document.currentScript?.dispatchEvent(new CustomEvent(FILES_PART_EVENT, { detail: part }))
