/* procedure/cast_fill.c: what somebody writes into a form. */
#include "procedure/cast.h"

#include "procedure/form_value.h"

#include <inttypes.h>
#include <string.h>

enum { SOON_DAYS = 14, SOON_MORE = 30, LONG_DAYS = 60, LONG_MORE = 90, CHANGE_DAYS = 30 };

typedef struct {
        const Procedure *procedure;
        const Case *the_case;
        GRand *dice;
        const Form *form;
        Day last; /* the last date written */
        int64_t now;
} Pen;

static int roll(Pen *pen, int sides)
{
        return g_rand_int_range(pen->dice, 0, sides);
}

/* As the person in a hurry writes it. */
static char *day_text(Day day)
{
        int year, month, number;
        day_to_ymd(day, &year, &month, &number);
        return g_strdup_printf("%02d/%02d/%d", number, month, year);
}

/* Dates follow one another: the first soon, the others some months on. */
static char *write_day(Pen *pen)
{
        GTimeZone *zone = zone_named(pen->the_case->timezone);
        pen->last = pen->last == DAY_NONE ? day_at(pen->now, zone) + SOON_DAYS + roll(pen, SOON_MORE)
                                          : pen->last + LONG_DAYS + roll(pen, LONG_MORE);
        return day_text(pen->last);
}

/* A value that the case has already: kept, and a date put off. */
static char *write_known(Pen *pen, const Field *field, const char *known)
{
        Day day;
        if (field->kind == FIELD_DATE && day_read(known, &day))
                return day_text(day + (roll(pen, 2) == 0 ? CHANGE_DAYS : 0));
        return field->kind == FIELD_GROUP ? g_strdup("") : g_strdup(known);
}

/* What an award looks at is good more often than not. */
static const char *pick(Pen *pen, const Field *field, const char *const *choices)
{
        const GPtrArray *steps = procedure_steps(pen->procedure);
        g_autofree char *name = g_strconcat(pen->form->key, ".", field->key, NULL);
        const char *value = choices[roll(pen, (int)g_strv_length((char **)choices))];
        for (guint i = 0; i < steps->len; i++) {
                const AwardRule *award = ((const Step *)g_ptr_array_index(steps, i))->award;
                if (award == NULL || g_strcmp0(award->field, name) != 0 || roll(pen, 4) == 0)
                        continue;
                for (size_t j = 0; choices[j] != NULL; j++)
                        if (g_strv_contains((const char *const *)award->values, choices[j]) !=
                            award->is_denied_by)
                                value = choices[j];
        }
        return value;
}

/* The address of whoever the form names for a role; else one of no importance. */
static char *write_address(Pen *pen, const Field *field)
{
        const GPtrArray *sources = procedure_role_sources(pen->procedure);
        g_autofree char *name = g_strconcat(pen->form->key, ".", field->key, NULL);
        const char *dash = strrchr(pen->the_case->reference, '-');
        const guint32 number = dash != NULL ? (guint32)g_ascii_strtoull(dash + 1, NULL, 10) : 0;
        for (guint i = 0; i < sources->len; i++) {
                const RoleSource *source = g_ptr_array_index(sources, i);
                if (strcmp(source->email_field, name) == 0)
                        return cast_address(source->role, number);
        }
        return g_strdup_printf("p%d@example.org", roll(pen, 1000));
}

static char *write_value(Pen *pen, const Field *field)
{
        const char *const *choices = form_value_choices(field);
        const char *known = case_value(pen->the_case, field->prefill);
        if (known != NULL && known[0] != '\0')
                return write_known(pen, field, known);
        if (choices != NULL)
                return g_strdup(pick(pen, field, choices));
        switch (field->kind) {
        case FIELD_DATE: return write_day(pen);
        case FIELD_NUMBER:
                return g_strdup_printf("%" PRId64,
                                       field->min + roll(pen, (int)MIN(field->max - field->min + 1, 1000)));
        case FIELD_EMAIL: return write_address(pen, field);
        case FIELD_PHONE: return g_strdup("+33 1 23 45 67 89");
        case FIELD_GROUP: return g_strdup("");
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_FILE:
        case FIELD_CHOICE:
        case FIELD_CHOICES:
        case FIELD_YES_NO:
        case FIELD_SCALE:
        case FIELD_FIVE_STEP: break;
        }
        return g_strdup_printf("words %d", roll(pen, 1000));
}

/* A date that nobody must give stays out, unless it is known: a day of birth is no deadline. */
static bool is_left_out(Pen *pen, const Field *field, bool is_whole)
{
        if (!is_whole)
                return roll(pen, 2) == 0;
        return field->kind == FIELD_DATE && !field->is_required &&
               case_value(pen->the_case, field->prefill) == NULL;
}

GPtrArray *cast_fill(const Procedure *procedure, const Case *the_case, GRand *dice, const Form *form,
                     bool is_whole, int mistakes, int64_t now)
{
        Pen pen = { .procedure = procedure,
                    .the_case = the_case,
                    .dice = dice,
                    .form = form,
                    .last = DAY_NONE,
                    .now = now };
        GPtrArray *values = given_values_new();
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (is_left_out(&pen, field, is_whole))
                        continue;
                g_autofree char *value = form->is_confidential ? g_strdup(CAST_SECRET)
                                         : mistakes > 0 && roll(&pen, mistakes) == 0
                                                 ? g_strdup("nothing that fits")
                                                 : write_value(&pen, field);
                given_values_add(values, field->anchor, value);
        }
        return values;
}

char *cast_address(const char *role, guint32 number)
{
        return g_strdup_printf("%s.%u@example.org", role, number);
}
