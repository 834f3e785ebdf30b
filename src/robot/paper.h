/* robot/paper.h: a document of a case as a PDF: words of mail_templates/document/, set by documents/.
 *
 * The same case and date give the same bytes. The label's file is signed
 * (robot/label_file.h), by the clerk, who alone has the key: it is made once in a language and kept, and
 * whoever asks again gets those bytes.
 */
#pragma once

#include "robot/house.h"
#include "store/spool.h"

typedef struct {
        char *name; /* ASCII file name */
        GBytes *bytes;
} Paper;
void paper_clear(Paper *paper);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Paper, paper_clear)

/* Is it there to be made: does the procedure have it, and are the steps done that it tells of? */
bool paper_is_ready(const Procedure *procedure, const Case *the_case, const char *key);
#define PAPER_ERROR paper_error_quark()
GQuark paper_error_quark(void);
typedef enum {
        PAPER_ERROR_WORDS,    /* what it says is not there, or wrong */
        PAPER_ERROR_NOT_MADE, /* it is signed, and the clerk has not made it yet */
} PaperError;

/* key: of DocumentRule. language: the reader's. now: the day that stands on it. paper_out must be zeroed and
 * is set only on true. spool: of rendered mails, where what is signed is kept, in the caller's transaction;
 * NULL: what is signed is only taken from there, in another language if need be. */
bool paper_make(House *house, Spool *spool, const Procedure *procedure, const Case *the_case, const char *key,
                const char *language, int64_t now, Paper *paper_out, GError **error);
/* Are there words for every document in every language, and can all that they name be shown? */
void paper_check(const Config *config, const Procedure *procedure, Problems *problems);
