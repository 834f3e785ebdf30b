/* robot/paper.h: a document of a case as a PDF: words of mail_templates/document/, set by documents/.
 *
 * The same case and date give the same bytes. The label's file is signed (robot/label_file.h).
 */
#pragma once

#include "robot/house.h"

typedef struct {
        char *name; /* ASCII file name */
        GBytes *bytes;
} Paper;
void paper_clear(Paper *paper);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Paper, paper_clear)

/* Is it there to be made: does the procedure have it, and are the steps done that it tells of? */
bool paper_is_ready(const Procedure *procedure, const Case *the_case, const char *key);
/* key: of DocumentRule. language: the reader's. now: the day that stands on it. paper_out is set only on
 * true. */
bool paper_make(House *house, const Procedure *procedure, const Case *the_case, const char *key,
                const char *language, int64_t now, Paper *paper_out, GError **error);
/* Are there words for every document in every language, and can all that they name be shown? */
void paper_check(const Config *config, const Procedure *procedure, Problems *problems);
