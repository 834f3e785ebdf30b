/* robot/organisation.h: the files of organisations (store/organisations.h) and the rules that say what is
 * kept
 * (`organisations:` of the procedure): what a case feeds them, what they fill in the next record, and the
 * reports that students share. */
#pragma once

#include "procedure/decide.h"
#include "robot/house.h"

/* After a decision, in its transaction. before NULL: whatever is there counts as new. */
bool organisation_feed(House *house, const Procedure *procedure, const Case *before, const Case *after,
                       int64_t now, GError **error);

/* What the file of the organisation named in the form adds to what is given: of GivenValue, each with the
 * anchor of a field that was not given and has no value yet, written in the language as people type it.
 * given: of GivenValue. Empty: it is not known, the case names it already (what was emptied since stays
 * empty), or nothing is missing. */
GPtrArray *organisation_fill(House *house, const Procedure *procedure, const Case *the_case, const Form *form,
                             const GPtrArray *given, const char *language, GError **error);
/* Names to choose from, without those that are not proposed any more: of char *. */
GPtrArray *organisation_names(House *house, guint limit, GError **error);

/* `organisation` and `feedbacks` of a view: the shared reports about organisations whose name has these
 * words. */
json_t *organisation_feedbacks(House *house, const char *typed, const char *language, GError **error);
/* The answer of whoever was asked whether it is proposed again, in words; "": none. Borrowed. */
const char *organisation_answer(const House *house, const char *proposed, const char *language);
