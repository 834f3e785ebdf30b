/* procedure/document_view.h: everything a document of a case may show, as a JSON view for its words
 * (mail_templates/document/README.md names it all). Nothing of a confidential form is in it. */
#pragma once

#include "procedure/procedure.h"

/* language: of the document. zone: for the days in it. */
json_t *case_document_view(const Procedure *procedure, const Case *the_case, const char *language,
                           GTimeZone *zone, int64_t now);
