/* robot/label.h: the label that a number stands for. */
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
