/* robot/web_private.h: what the files of the web duty share. */
#pragma once

#include "robot/act.h"
#include "robot/pages.h"
#include "robot/rate.h"
#include "robot/web.h"
#include "store/tokens.h"

struct Web {
        WebSetup setup;
        Pages *pages;
        Spool *spool;     /* of acts */
        Spool *uploads;   /* of the files that come with forms */
        Rate *visits;     /* by source: whatever is asked */
        Rate *posts;      /* by token id */
        Rate *bad_tokens; /* by source */
        Rate *bad_codes;  /* by token id */
        Rate *addresses;  /* requests for links, by source */
};

/* One request, and the link it came by. */
typedef struct {
        Web *web;
        const HttpRequest *request;
        HttpResponse *response;
        int64_t now;
        const char *language; /* the browser's, then the link holder's; borrowed from the pages */
        const char *path;     /* "/t/<token>", where its forms post to */
        char token[TOKEN_LENGTH + 1];
        TokenRow *row; /* NULL: no link */
        Case *the_case;
        const Procedure *procedure;
        Person *person;
} Visit;

/* Fills in the response: a page, with what every page has. view is taken over. */
void web_page(Visit *visit, int status, const char *page, const char *title, json_t *view);
/* A page that says one thing: words by their keys, each line NULL-terminated. */
void web_message(Visit *visit, int status, bool is_good, const char *title_key, const char *line_key);
const char *web_word(const Visit *visit, const char *key);

void web_too_many(Visit *visit, int wait_s); /* 429 */

/* The case that a page is about, in place of another. */
bool web_load_case(Visit *visit, int64_t id, GError **error);

/* Stores an act; false: nothing was kept, and the response says so. act is taken over. */
bool web_accept(Visit *visit, Act *act);
/* The page's nonce as it came back, or a new one. The caller frees. */
char *web_nonce(const Visit *visit);
/* Was the short code of the mail typed? Wrong ones are counted. */
bool web_code_is_right(Visit *visit);
/* Heavy acts need the code; all else that a lone button would do needs a box ticked: programs that open the
 * links of a mail press buttons too. Adds the box to a page's view. */
void web_ask_confirmation(const Visit *visit, json_t *view, const char *label_key);
bool web_is_confirmed(const Visit *visit);
/* What the procedure knows of the link's case, for its reader; step may be NULL. */
json_t *web_case_view(const Visit *visit, const char *step, const char *const *wanted);
/* "You are X, answering as Y, about the internship of Z." */
json_t *web_who(const Visit *visit, const Step *step);

/* The value of a file field as it was posted: a new file, which is kept, or the one that was there; "" when
 * there is none, or with *trouble_out (owned, for the reader) when the new one was not taken. */
char *web_take_file(Visit *visit, const Step *step, const Field *field, const char *name, char **trouble_out);
GPtrArray *web_files(const Visit *visit); /* of Upload: what the reader may have of the case */

/* The pages, one file each. */
void web_task(Visit *visit, const Step *step);    /* of the link's step */
void web_form(Visit *visit, const Step *step);    /* of a step that is filled in */
void web_space(Visit *visit, const char *rest);   /* rest: of the path behind the token: "" or "/…" */
void web_label(Visit *visit, const char *number); /* verification */
void web_file(Visit *visit, const char *id);      /* one of web_files() */
void web_recorded(Visit *visit, const Step *step, const Task *task);
