#include "procedure/document_view.h"

#include "procedure/form_value.h"
#include "procedure/presence.h"

#include <string.h>

typedef struct {
        const Procedure *procedure;
        const Case *the_case;
        const char *language;
        GTimeZone *zone;
        int64_t now;
} Viewer;

static char *shown(const Viewer *viewer, const Form *form, const Field *field)
{
        g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
        const char *value = case_value(viewer->the_case, key);
        return value != NULL ? form_value_show(field, value, viewer->language) : g_strdup("");
}

/* form.record.subject: every field is there, "" when nothing was said. */
static json_t *view_of_forms(const Viewer *viewer)
{
        json_t *forms = json_object();
        const GPtrArray *all = procedure_forms(viewer->procedure);
        for (guint i = 0; i < all->len; i++) {
                const Form *form = g_ptr_array_index(all, i);
                if (form->is_confidential)
                        continue;
                json_t *fields = json_object();
                for (guint j = 0; j < form->fields->len; j++) {
                        const Field *field = g_ptr_array_index(form->fields, j);
                        g_autofree char *text = shown(viewer, form, field);
                        json_object_set_new(fields, field->key, json_string(text));
                }
                json_object_set_new(forms, form->key, fields);
        }
        return forms;
}

/* people.student.name, people.student.address */
static json_t *view_of_people(const Viewer *viewer)
{
        json_t *people = json_object();
        const char *role;
        for (guint i = 0; (role = procedure_role(viewer->procedure, i)) != NULL; i++) {
                const Person *person =
                        case_person(viewer->the_case, case_holder(viewer->the_case, role, viewer->now));
                json_object_set_new(people, role,
                                    json_pack("{s:s, s:s, s:s}", "name", person != NULL ? person->name : "",
                                              "address", person != NULL ? person->address : "", "role",
                                              texts_get(procedure_role_label(viewer->procedure, role),
                                                        viewer->language)));
        }
        return people;
}

/* "reply 17 <id@example.org>", "page 17", "filed 17": which way it came, and the Message-ID. */
static void add_how(json_t *agreement, const char *how)
{
        static const char *const ways[] = { "reply", "page", "filed" };
        const char *id = how != NULL ? strchr(how, '<') : NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
                g_autofree char *name = g_strconcat("is_", ways[i], NULL);
                json_object_set_new(agreement, name,
                                    json_boolean(how != NULL && g_str_has_prefix(how, ways[i])));
        }
        json_object_set_new(agreement, "message_id", json_string(id != NULL ? id : ""));
}

static json_t *agreement_of(const Viewer *viewer, const Step *step)
{
        const Task *task = case_task(viewer->the_case, step->key);
        bool is_done = task != NULL && task->state == TASK_DONE;
        bool is_own =
                is_done && task->done_by != 0 && task->how != NULL && !g_str_has_prefix(task->how, "filed");
        int64_t holder = is_own ? task->done_by
                         : task != NULL && task->person != 0
                                 ? task->person
                                 : case_holder(viewer->the_case, step->role, viewer->now);
        const Person *person = case_person(viewer->the_case, holder);
        g_autofree char *when =
                is_done ? instant_long(task->done_at, viewer->zone, viewer->language) : g_strdup("");
        json_t *agreement =
                json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "step", step->key, "role",
                          texts_get(procedure_role_label(viewer->procedure, step->role), viewer->language),
                          "name", person != NULL ? person->name : "", "address",
                          person != NULL ? person->address : "", "is_done", is_done, "when", when);
        add_how(agreement, is_done ? task->how : NULL);
        return agreement;
}

/* The parties: who agreed, when, and how it came. */
static json_t *view_of_agreements(const Viewer *viewer)
{
        json_t *agreements = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (step->act == ACT_AGREE)
                        json_array_append_new(agreements, agreement_of(viewer, step));
        }
        return agreements;
}

/* "3815,58", in the language's way. */
static char *amount(const Viewer *viewer, double value)
{
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(digits, sizeof digits, "%.2f", value);
        return strcmp(viewer->language, "en") == 0 ? g_strdup(digits)
                                                   : g_strdelimit(g_strdup(digits), ".", ',');
}

/* How long somebody is there: "" when it cannot be reckoned. */
static void add_presence(const Viewer *viewer, json_t *view)
{
        Presence presence = { .pay = -1 };
        bool is_known = presence_reckon(viewer->procedure, viewer->the_case, &presence);
        g_autofree char *hours = is_known ? g_strdup_printf("%d", presence.hours) : g_strdup(""),
                        *days = is_known ? g_strdup_printf("%d", presence.days) : g_strdup(""),
                        *pay = presence.pay >= 0 ? amount(viewer, presence.pay) : g_strdup("");
        json_object_set_new(view, "presence_hours", json_string(hours));
        json_object_set_new(view, "presence_days", json_string(days));
        json_object_set_new(view, "presence_pay", json_string(pay));
}

/* The awarded step's number and day: "" before there is one. */
static void add_award(const Viewer *viewer, json_t *view)
{
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        const char *number = NULL, *day = NULL;
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                g_autofree char *number_key = g_strconcat(step->key, ".number", NULL),
                                *day_key = g_strconcat(step->key, ".day", NULL);
                if (step->award == NULL)
                        continue;
                number = case_value(viewer->the_case, number_key);
                day = case_value(viewer->the_case, day_key);
        }
        Day awarded;
        g_autofree char *words =
                day != NULL && day_read(day, &awarded) ? day_long(awarded, viewer->language) : g_strdup("");
        json_object_set_new(view, "label_number", json_string(number != NULL ? number : ""));
        json_object_set_new(view, "label_day", json_string(words));
}

json_t *case_document_view(const Procedure *procedure, const Case *the_case, const char *language,
                           GTimeZone *zone, int64_t now)
{
        Viewer viewer = {
                .procedure = procedure, .the_case = the_case, .language = language, .zone = zone, .now = now
        };
        g_autofree char *today = day_long(day_at(now, zone), language);
        json_t *view =
                json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:{s:b}}", "prefix",
                          procedure_prefix(procedure), "reference", the_case->reference, "language", language,
                          "today", today, "form", view_of_forms(&viewer), "people", view_of_people(&viewer),
                          "agreements", view_of_agreements(&viewer), "country", the_case->country, true);
        add_award(&viewer, view);
        add_presence(&viewer, view);
        return view;
}
