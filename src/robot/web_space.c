/* robot/web_space.c: one's own space: cases, open tasks, the table of steps, documents, own data; and what is
 * sealed, for its one reader. Behind a link that lives 30 minutes, sent to the registered address alone. */
#include "base/log.h"
#include "base/seal.h"
#include "base/text.h"
#include "procedure/form_value.h"
#include "robot/paper.h"
#include "robot/web_private.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/staff.h"
#include "store/uploads.h"

#include <string.h>

enum { WHOLE_MAX = 5, LINES_MAX = 300 };

static GTimeZone *zone_of(const Visit *visit)
{
        GTimeZone *zone = zone_named(visit->person->timezone);
        return zone != NULL ? zone : visit->web->setup.house->zone;
}

static char *url_of(const Visit *visit, const char *kind, const char *key)
{
        return g_strdup_printf("%s/%s/%s%s", visit->path, visit->the_case->reference, kind, key);
}

static json_t *link_of(const Visit *visit, const char *kind, const char *key, const char *label)
{
        g_autofree char *url = url_of(visit, kind, key);
        return json_pack("{s:s, s:s}", "url", url, "label", label);
}

static json_t *open_tasks(const Visit *visit)
{
        json_t *tasks = json_array();
        for (guint i = 0; i < visit->the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(visit->the_case->tasks, i);
                const Step *step = procedure_step(visit->procedure, task->step);
                bool is_waiting = task->state == TASK_OPEN || task->state == TASK_OVERDUE;
                if (step == NULL || !is_waiting || task->person != visit->person->id)
                        continue;
                json_t *line = link_of(visit, "", step->key, texts_get(step->label, visit->language));
                g_autofree char *due =
                        task->due_at != 0 ? day_long(day_at(task->due_at, zone_of(visit)), visit->language)
                                          : NULL;
                json_object_set_new(line, "due", due != NULL ? json_string(due) : json_null());
                json_array_append_new(tasks, line);
        }
        return tasks;
}

/* What was handed in with a form. */
static void add_files(const Visit *visit, json_t *documents)
{
        g_autoptr(GPtrArray) files = web_files(visit);
        for (guint i = 0; i < files->len; i++) {
                const Upload *upload = g_ptr_array_index(files, i);
                const Step *step = procedure_step(visit->procedure, upload->step);
                g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, upload->id);
                json_t *line = link_of(visit, "file/", id, texts_get(step->label, visit->language));
                json_object_set_new(line, "what", json_string(upload->name));
                json_array_append_new(documents, line);
        }
}

static json_t *ready_documents(const Visit *visit)
{
        json_t *documents = json_array();
        const GPtrArray *rules = procedure_documents(visit->procedure);
        for (guint i = 0; i < rules->len; i++) {
                const DocumentRule *rule = g_ptr_array_index(rules, i);
                if (!paper_is_ready(visit->procedure, visit->the_case, rule->key))
                        continue;
                json_t *line = link_of(visit, "doc/", rule->key, texts_get(rule->label, visit->language));
                json_object_set_new(line, "what", json_string("PDF"));
                json_array_append_new(documents, line);
        }
        add_files(visit, documents);
        return documents;
}

/* The confidential step whose answers this person may read, once they are there. */
static const Step *readable_step(const Visit *visit, const char *key)
{
        const Step *step = procedure_step(visit->procedure, key);
        const Form *form = step != NULL ? procedure_form(visit->procedure, step->form) : NULL;
        const Task *task = step != NULL ? case_task(visit->the_case, key) : NULL;
        const char *reader = form != NULL ? form->reader : NULL;
        bool is_reader =
                reader != NULL && case_holder(visit->the_case, reader, visit->now) == visit->person->id;
        return is_reader && task != NULL && task->state == TASK_DONE ? step : NULL;
}

static json_t *sealed_forms(const Visit *visit)
{
        json_t *sealed = json_array();
        const GPtrArray *steps = procedure_steps(visit->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (readable_step(visit, step->key) != NULL)
                        json_array_append_new(sealed, link_of(visit, "read/", step->key,
                                                              texts_get(step->label, visit->language)));
        }
        return sealed;
}

static const char *text_in(const json_t *view, const char *name)
{
        const char *text = json_string_value(json_object_get(json_object_get(view, "case"), name));
        return text != NULL ? text : "";
}

/* is_alone: no other case on the page, its steps need not be folded. */
static json_t *view_of_one(const Visit *visit, bool is_alone)
{
        static const char *const wanted[] = { "case", "steps", NULL };
        json_t *known = web_case_view(visit, NULL, wanted);
        const char *start = text_in(known, "start"), *end = text_in(known, "end");
        g_autofree char *heading = g_strdup_printf("%s %s — %s — %s", procedure_prefix(visit->procedure),
                                                   visit->the_case->reference, text_in(known, "student"),
                                                   text_in(known, "organisation")),
                        *dates = start[0] != '\0' ? g_strdup_printf("%s – %s", start, end) : NULL;
        json_t *tasks = open_tasks(visit), *documents = ready_documents(visit), *sealed = sealed_forms(visit);
        json_t *steps = json_incref(json_object_get(known, "steps"));
        json_t *view = json_pack("{s:s, s:s, s:s?, s:b, s:o, s:b, s:b, s:o, s:b, s:o, s:b, s:o}", "heading",
                                 heading, "status_label", text_in(known, "status"), "dates", dates,
                                 "has_tasks", json_array_size(tasks) > 0, "tasks", tasks, "is_open", is_alone,
                                 "has_steps", json_array_size(steps) > 0, "steps", steps, "has_documents",
                                 json_array_size(documents) > 0, "documents", documents, "has_sealed",
                                 json_array_size(sealed) > 0, "sealed", sealed);
        json_decref(known);
        return view;
}

/* One line of many: number, student, organisation, and the way to the rest. */
static json_t *line_of_one(const Visit *visit)
{
        static const char *const wanted[] = { "case", NULL };
        json_t *known = web_case_view(visit, NULL, wanted);
        g_autofree char *url = g_strdup_printf("%s/%s", visit->path, visit->the_case->reference),
                        *label = g_strdup_printf("%s — %s — %s", visit->the_case->reference,
                                                 text_in(known, "student"), text_in(known, "organisation"));
        json_t *line =
                json_pack("{s:s, s:s, s:s}", "url", url, "label", label, "status", text_in(known, "status"));
        json_decref(known);
        return line;
}

static json_t *own_data(const Visit *visit)
{
        return json_pack("[{s:s, s:s}, {s:s, s:s}]", "label", web_word(visit, "your_name"), "value",
                         visit->person->name, "label", web_word(visit, "address"), "value",
                         visit->person->address);
}

/* cases are shown whole, lines only named; both are taken over. */
static void space_page(Visit *visit, json_t *cases, json_t *lines, bool is_whole)
{
        g_autofree char *until = instant_long(visit->row->expires_at, zone_of(visit), visit->language),
                        *home = g_strdup_printf("/t/%s", visit->token);
        bool has_cases = json_array_size(cases) > 0, has_lines = json_array_size(lines) > 0;
        g_clear_pointer(&visit->the_case, case_free); /* the page is about the person */
        web_page(visit, 200, "space", web_word(visit, "space_title"),
                 json_pack("{s:{s:s}, s:s, s:s, s:s, s:o, s:b, s:o, s:b, s:o, s:b, s:b}", "who", "name",
                           visit->person->name, "address", visit->person->address, "until", until, "home",
                           home, "cases", cases, "has_cases", has_cases || has_lines, "lines", lines,
                           "has_lines", has_lines, "data", own_data(visit), "has_data", is_whole, "is_part",
                           !is_whole));
}

/* Few cases stand there whole; of many, the newest by a line each. */
static void show_space(Visit *visit)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) ids = cases_of_person(visit->web->setup.house->store, visit->person->id, &error);
        json_t *cases = json_array(), *lines = json_array();
        guint count = ids != NULL ? ids->len : 0;
        for (guint i = 0; i < MIN(count, LINES_MAX); i++) {
                if (!web_load_case(visit, g_array_index(ids, int64_t, i), &error))
                        continue;
                if (count > WHOLE_MAX)
                        json_array_append_new(lines, line_of_one(visit));
                else
                        json_array_append_new(cases, view_of_one(visit, count == 1));
        }
        space_page(visit, cases, lines, true);
}

static void tell_no_document(Visit *visit, const char *key, const GError *error)
{
        if (g_error_matches(error, PAPER_ERROR, PAPER_ERROR_NOT_MADE)) {
                web_message(visit, 404, false, "by_mail_title", "by_mail");
                return;
        }
        log_event(LOG_LEVEL_ERROR, "document-failed", "document=%s why=%s", key, error->message);
        web_message(visit, 503, false, "trouble_title", "trouble");
}

static void show_document(Visit *visit, const char *key)
{
        g_autoptr(GError) error = NULL;
        g_auto(Paper) paper = { 0 };
        if (!paper_is_ready(visit->procedure, visit->the_case, key)) {
                web_message(visit, 404, false, "unknown_title", "unknown");
        } else if (!paper_make(visit->web->setup.house, NULL, visit->procedure, visit->the_case, key,
                               visit->language, visit->now, &paper, &error)) {
                tell_no_document(visit, key, error);
        } else {
                visit->response->status = 200;
                visit->response->content_type = "application/pdf";
                visit->response->file_name = g_steal_pointer(&paper.name);
                visit->response->body = g_steal_pointer(&paper.bytes);
        }
}

/* "… sealed 17": the inbox row that holds the sealed text. */
static GBytes *open_sealed(const Visit *visit, const Step *step, GError **error)
{
        const House *house = visit->web->setup.house;
        const Task *task = case_task(visit->the_case, step->key);
        const char *mark = task->how != NULL ? strstr(task->how, " sealed ") : NULL;
        int64_t id = mark != NULL ? g_ascii_strtoll(mark + strlen(" sealed "), NULL, 10) : 0;
        InboxRow *row = id > 0 && visit->web->setup.seal != NULL ? inbox_get(house->store, id, error) : NULL;
        g_autoptr(GBytes) bytes =
                row != NULL ? spool_read(house->config->state_dir, &row->place, error) : NULL;
        inbox_row_free(row);
        g_autoptr(Act) act = bytes != NULL ? act_read(bytes) : NULL;
        g_autofree char *context = g_strdup_printf("%s %s", visit->the_case->reference, step->key);
        return act != NULL && act->sealed != NULL
                       ? seal_open(visit->web->setup.seal, context, act->sealed, error)
                       : NULL;
}

static json_t *facts_of(const Visit *visit, const Form *form, GBytes *plain)
{
        gsize size;
        const char *text = g_bytes_get_data(plain, &size);
        json_t *values = json_loadb(text, size, 0, NULL), *facts = json_array();
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                const char *value = json_string_value(json_object_get(values, field->key));
                if (value == NULL || value[0] == '\0')
                        continue;
                g_autofree char *shown = form_value_show(field, value, visit->language);
                json_array_append_new(facts,
                                      json_pack("{s:s, s:s}", "label",
                                                texts_get(field->label, visit->language), "value", shown));
        }
        json_decref(values);
        return facts;
}

/* Reading is an act: it is asked for by a button, and entered in the journal before anything is shown. */
static void read_sealed(Visit *visit, const Step *step)
{
        if (!visit->request->is_post || !web_is_confirmed(visit)) {
                g_autofree char *action = url_of(visit, "read/", step->key);
                json_t *view = json_pack("{s:o, s:s}", "who", web_who(visit, step), "action", action);
                web_ask_confirmation(visit, view, "confirm_sealed");
                web_page(visit, visit->request->is_post ? 422 : 200, "sealed",
                         web_word(visit, "sealed_title"), view);
                return;
        }
        Act *act = g_new0(Act, 1);
        act->what = ACT_READ;
        act->case_id = visit->the_case->id;
        act->person = visit->person->id;
        act->step = g_strdup(step->key);
        act->nonce = g_uuid_string_random();
        if (!web_accept(visit, act))
                return;
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) plain = open_sealed(visit, step, &error);
        if (plain == NULL) {
                log_event(LOG_LEVEL_ERROR, "sealed-not-opened", "case=%s", visit->the_case->reference);
                web_message(visit, 503, false, "trouble_title", "trouble");
                return;
        }
        const Form *form = procedure_form(visit->procedure, step->form);
        web_page(visit, 200, "message", texts_get(form->title, visit->language),
                 json_pack("{s:b, s:[{s:s}], s:b, s:o, s:[]}", "is_good", true, "lines", "text",
                           web_word(visit, "sealed_read"), "has_facts", true, "facts",
                           facts_of(visit, form, plain), "links"));
}

/* In which they play a role now, or of which they are staff. */
static bool is_theirs(const Visit *visit)
{
        if (case_role_of(visit->the_case, visit->person->id) != NULL)
                return true;
        Staff staff = { 0 };
        bool is_staff = false;
        return staff_get(visit->web->setup.house->store, visit->person->id, &staff, &is_staff, NULL) &&
               is_staff && staff.scope == SCOPE_ALL;
}

/* False: there is no such case, or not for them. */
static bool load_theirs(Visit *visit, const char *reference)
{
        g_autoptr(GError) error = NULL;
        int64_t id = cases_find(visit->web->setup.house->store, reference, &error);
        if (id > 0 && web_load_case(visit, id, &error) && is_theirs(visit))
                return true;
        g_clear_pointer(&visit->the_case, case_free);
        return false;
}

static void show_one(Visit *visit)
{
        space_page(visit, json_pack("[o]", view_of_one(visit, true)), json_array(), false);
}

/* what, key: of "/<reference>/<what>/<key>". False: there is no such part. */
static bool open_part(Visit *visit, const char *what, const char *key)
{
        const Step *task = what != NULL && key == NULL ? procedure_step(visit->procedure, what) : NULL;
        const Step *sealed = key != NULL && strcmp(what, "read") == 0 ? readable_step(visit, key) : NULL;
        if (what == NULL)
                show_one(visit);
        else if (task != NULL)
                web_task(visit, task);
        else if (sealed != NULL)
                read_sealed(visit, sealed);
        else if (key != NULL && strcmp(what, "doc") == 0)
                show_document(visit, key);
        else if (key != NULL && strcmp(what, "file") == 0)
                web_file(visit, key);
        else
                return false;
        return true;
}

/* A number that was typed. */
static void find_case(Visit *visit)
{
        g_autofree char *reference = text_single_line(http_field(visit->request, "reference"));
        if (load_theirs(visit, g_strstrip(reference)))
                show_one(visit);
        else
                web_message(visit, 404, false, "space_title", "no_such_case");
}

void web_space(Visit *visit, const char *rest)
{
        if (rest[0] == '\0' && http_field(visit->request, "reference") != NULL) {
                find_case(visit);
                return;
        }
        if (rest[0] == '\0') {
                show_space(visit);
                return;
        }
        g_auto(GStrv) parts = g_strsplit(rest + 1, "/", 3);
        g_autofree char *path = g_strconcat(visit->path, rest, NULL);
        bool is_task = parts[0] != NULL && parts[1] != NULL && parts[2] == NULL;
        if (is_task) /* where its form posts to */
                visit->path = path;
        if (parts[0] != NULL && load_theirs(visit, parts[0]) &&
            open_part(visit, parts[1], parts[1] != NULL ? parts[2] : NULL))
                return;
        g_clear_pointer(&visit->the_case, case_free);
        web_message(visit, 404, false, "unknown_title", "unknown");
}
