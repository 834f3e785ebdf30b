/* robot/label.h: the label that a number stands for, and what whoever asks is told of it. */
#pragma once

#include "robot/house.h"

typedef struct {
        Case *the_case; /* owned */
        const Procedure *procedure;
        const Step *step;         /* the one that awarded it */
        const char *number, *day; /* day: ISO; borrowed from the case */
} Label;
void label_clear(Label *label);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Label, label_clear)

/* number: as printed, in any case and with blanks around. False without error: there is no such label. */
bool label_find(House *house, const char *number, Label *label_out, GError **error);

/* To whom it was awarded, as the rules name them; NULL. Borrowed. */
const char *label_holder(const Label *label, int64_t now);

/* What it stands for, for pages, mails and the command line: label_number, label_on, label_organisation,
 * label_dates, label_holder; "" where there is nothing. The holder is named only with the consent that the
 * rules ask for. The caller owns the object. */
json_t *label_facts(const House *house, const Label *label, const char *language, int64_t now);
