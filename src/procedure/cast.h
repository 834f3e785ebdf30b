/* procedure/cast.h: the people of a simulated case: what each does about a mail, when, and what they write.
 *
 * Seeded: the same dice give the same deeds. Knows no procedure of its own: people answer what the steps ask
 * for. Mail is not read here; what a reader would make of it is said as the event that decide() takes.
 */
#pragma once

#include "procedure/decide.h"

/* Stands in every confidential form, so that it can be looked for elsewhere. */
#define CAST_SECRET "SECRET"

/* What people are like. */
typedef enum {
        TEMPER_PUNCTUAL,  /* answers in a day or two */
        TEMPER_LATE,      /* after a reminder or three */
        TEMPER_SILENT,    /* never */
        TEMPER_HESITANT,  /* first something that is no answer */
        TEMPER_WRONG,     /* first half a form, a refusal, a mail about what is confidential */
        TEMPER_ELSEWHERE, /* first from an address that nobody knows */
        TEMPER_AWAY,      /* two weeks of automatic answers */
        TEMPER_GONE,      /* the address does not exist */
        TEMPER_FULL,      /* the mailbox is full, for some days */
        TEMPER_NOT_ME,    /* names somebody else */
        TEMPER_RUEFUL,    /* takes back what they did */
} Temper;
enum { N_TEMPERS = TEMPER_RUEFUL + 1 };
const char *temper_word(Temper temper);

typedef struct Cast Cast;

/* dice and procedure are borrowed. number: of the case; it makes the addresses. */
Cast *cast_new(const Procedure *procedure, GRand *dice, guint32 number);
void cast_free(Cast *cast);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cast, cast_free)

Temper cast_temper(Cast *cast, const Case *the_case, int64_t person);

/* A mail reaches its reader: what they will do about it. */
void cast_hear(Cast *cast, const Case *the_case, const MailOrder *mail);
/* What happens to this case of all cases: it is interrupted, changed, given up. Once, when it begins. */
void cast_plot(Cast *cast, const Case *the_case, int64_t from, int64_t until);

/* When the next deed is; INT64_MAX: never. */
int64_t cast_next_at(const Cast *cast);

/* The next deed as an event. What it points to stays until the next call. False: there is nothing to do any
 * more, the deed is forgotten. */
bool cast_act(Cast *cast, const Case *the_case, int64_t now, Event *event_out);

/* What somebody writes into a form: of GivenValue; the caller frees. is_whole: every field, else half of
 * them. mistakes: one value in so many does not fit its field; 0: none. */
GPtrArray *cast_fill(const Procedure *procedure, const Case *the_case, GRand *dice, const Form *form,
                     bool is_whole, int mistakes, int64_t now);
/* "ROLE.NUMBER@example.org": where the first holder of a role is. */
char *cast_address(const char *role, guint32 number);
