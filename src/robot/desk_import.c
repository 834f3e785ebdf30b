/* robot/desk_import.c: IMPORT with a table: it is looked at first, what would follow goes back to the
 * registered address, and its yes takes the whole of it in. What is taken in is the text that was looked at,
 * by its SHA-256. */
#include "robot/desk_private.h"

#include "robot/house_mail.h"
#include "robot/import.h"
#include "robot/post.h"
#include "robot/post_view.h"
#include "store/imports.h"

#include <inttypes.h>
#include <string.h>

enum { NOTES_MAX = 50, MARK_LENGTH = 12 };

/* What there is to say: names of the template. */
typedef enum { SAY_TO_CONFIRM, SAY_FAULTY, SAY_SAME, SAY_TAKEN, SAY_DROPPED, SAY_OVER } Say;
static const char *const say_flags[] = { "is_import_to_confirm", "is_import_faulty",  "is_import_same",
                                         "is_import_taken",      "is_import_dropped", "is_import_over" };
static const char *const kind_flags[] = { [IMPORT_CASES] = "is_import_of_cases",
                                          [IMPORT_PEOPLE] = "is_import_of_people",
                                          [IMPORT_STAFF] = "is_import_of_staff",
                                          [IMPORT_DAYS] = "is_import_of_days" };

static const char *language_of(const Desk *desk)
{
        return house_mail_language(desk->mail->applier->house, "import_report", desk->person);
}

static void add_notes(json_t *view, const char *list, const char *rest, const GPtrArray *notes,
                      const char *language)
{
        json_t *items = json_array();
        for (guint i = 0; i < notes->len && i < NOTES_MAX; i++)
                json_array_append_new(items, import_note_view(g_ptr_array_index(notes, i)));
        json_object_set_new(view, list, items);
        json_object_set_new(view, rest,
                            notes->len > NOTES_MAX ? mail_count(notes->len - NOTES_MAX, language)
                                                   : json_false());
}

static json_t *view_of(const Desk *desk, Say say, const char *file, const char *sha256,
                       const ImportReport *report)
{
        const char *language = language_of(desk);
        g_autofree char *mark = g_strndup(sha256, MARK_LENGTH);
        json_t *view = json_pack("{s:s, s:s}", "import_file", file, "import_mark", mark);
        for (size_t i = 0; i < G_N_ELEMENTS(say_flags); i++)
                json_object_set_new(view, say_flags[i], json_boolean(i == (size_t)say));
        for (size_t i = 0; i < G_N_ELEMENTS(kind_flags); i++)
                json_object_set_new(view, kind_flags[i], json_boolean(i == (size_t)report->kind));
        json_object_set_new(view, "import_begun", mail_count(report->begun, language));
        json_object_set_new(view, "import_unchanged", mail_count(report->unchanged, language));
        add_notes(view, "import_faults", "import_more_faults", report->faults, language);
        add_notes(view, "import_warnings", "import_more_warnings", report->warnings, language);
        add_notes(view, "import_changes", "import_more_changes", report->changes, language);
        return view;
}

/* import: that an answer is about; 0: none waits. */
static bool tell(Desk *desk, Say say, int64_t import, const char *file, const char *sha256,
                 const ImportReport *report, GError **error)
{
        const Incoming *mail = desk->mail;
        g_autofree char *actions = g_strdup_printf("import %" PRId64, import),
                        *row = g_strdup_printf("%" PRId64, mail->row->id);
        const char *parts[] = { "import", row, NULL };
        g_auto(HouseMail) letter = { .key = "import_report",
                                     .to = desk->person,
                                     .actions = actions,
                                     .id_parts = parts,
                                     .answered_id = incoming_answered_id(mail, desk->person) };
        house_mail_open(&letter, mail->applier);
        json_t *view = view_of(desk, say, file, sha256, report);
        g_autofree char *yes = say == SAY_TO_CONFIRM
                                       ? post_yes_link(procedure_prefix(mail->applier->house->procedure),
                                                       letter.reply_to, language_of(desk))
                                       : g_strdup("");
        json_object_set_new(view, "confirm_mailto", json_string(yes));
        const bool is_sent = house_mail_send(&letter, mail->applier, view, error);
        json_decref(view);
        desk->mails++;
        return is_sent;
}

/* The text, kept until the answer. */
static bool keep(Desk *desk, const ImportTable *table, PendingImport *import, GError **error)
{
        const Incoming *mail = desk->mail;
        g_autoptr(GBytes) bytes = g_bytes_new(table->text, table->size);
        import->person = desk->person->id;
        import->message = mail->row->id;
        import->name = g_strdup(table->file);
        return spool_append(mail->applier->out, bytes, mail->applier->now, &import->place, error) &&
               imports_add(mail->applier->house->store, import, mail->applier->now, &import->id, error);
}

/* False: the world failed. */
static bool run_table(const Desk *desk, const ImportTable *table, ImportReport *report, bool *is_fine_out,
                      GError **error)
{
        const Applier *applier = desk->mail->applier;
        GError *trouble = NULL;
        *is_fine_out = import_table_inside(applier->house, applier->out, table, report, &trouble);
        if (trouble != NULL)
                g_propagate_error(error, trouble);
        return trouble == NULL;
}

/* import: one that waits already, or a new one, which is kept if there is something to wait for. */
static bool look_at(Desk *desk, const char *file, const char *text, gsize size, PendingImport *import,
                    GError **error)
{
        const ImportTable table = { .file = file,
                                    .text = text,
                                    .size = size,
                                    .language = language_of(desk),
                                    .is_dry_run = true,
                                    .message = desk->mail->row->id };
        g_auto(ImportReport) report;
        bool is_fine;
        import_report_init(&report);
        if (!run_table(desk, &table, &report, &is_fine, error))
                return false;
        const Say say = !is_fine ? SAY_FAULTY : report.begun == 0 ? SAY_SAME : SAY_TO_CONFIRM;
        return (say != SAY_TO_CONFIRM || import->id != 0 || keep(desk, &table, import, error)) &&
               tell(desk, say, import->id, file, import->place.sha256, &report, error);
}

bool desk_import(Desk *desk, const Command *command, GError **error)
{
        const Incoming *mail = desk->mail;
        const char *flag = !match_is_vouched(mail->match, mail->reading, desk->person->id) ? "needs_level"
                           : desk->staff.scope != SCOPE_ALL                                ? "is_for_registry"
                           : mail->reading->table == NULL                                  ? "needs_table"
                                                                                           : NULL;
        if (flag != NULL) {
                desk_result(desk, 0, command->written, flag);
                return true;
        }
        const Reading *reading = mail->reading;
        g_autoptr(PendingImport) import = g_new0(PendingImport, 1);
        return look_at(desk, reading->table_name[0] != '\0' ? reading->table_name : "CSV", reading->table,
                       strlen(reading->table), import, error);
}

/* The answer. */

static bool take_in(Desk *desk, const PendingImport *import, const char *text, gsize size, GError **error)
{
        const Applier *applier = desk->mail->applier;
        const ImportTable table = { .file = import->name,
                                    .text = text,
                                    .size = size,
                                    .language = language_of(desk),
                                    .message = import->message };
        g_auto(ImportReport) report;
        bool is_taken;
        import_report_init(&report);
        if (!run_table(desk, &table, &report, &is_taken, error))
                return false;
        desk->has_acted = is_taken;
        return imports_close(applier->house->store, import->id, applier->now, error) &&
               tell(desk,
                    !is_taken           ? SAY_FAULTY
                    : report.begun == 0 ? SAY_SAME
                                        : SAY_TAKEN,
                    0, import->name, import->place.sha256, &report, error);
}

static bool tell_only(Desk *desk, Say say, const PendingImport *import, GError **error)
{
        g_auto(ImportReport) report;
        import_report_init(&report);
        return tell(desk, say, 0, import != NULL ? import->name : "CSV",
                    import != NULL ? import->place.sha256 : "", &report, error);
}

static bool drop(Desk *desk, const PendingImport *import, GError **error)
{
        const Applier *applier = desk->mail->applier;
        return imports_close(applier->house->store, import->id, applier->now, error) &&
               tell_only(desk, SAY_DROPPED, import, error);
}

static bool is_undo(const Reading *reading)
{
        for (guint i = 0; i < reading->commands->len; i++)
                if (strcmp(((const Command *)g_ptr_array_index(reading->commands, i))->key, "undo") == 0)
                        return true;
        return false;
}

bool desk_answer_import(Desk *desk, GError **error)
{
        const Reading *reading = desk->mail->reading;
        GError *trouble = NULL;
        g_autoptr(PendingImport) import =
                imports_get(desk->mail->applier->house->store, desk->import, &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        if (desk->level < LEVEL_A2 || desk->staff.scope != SCOPE_ALL) {
                desk_result(desk, 0, "IMPORT", desk->level < LEVEL_A2 ? "needs_level" : "is_for_registry");
                return true;
        }
        if (import == NULL || import->person != desk->person->id || !import->is_waiting)
                return tell_only(desk, SAY_OVER, import, error);
        if (is_undo(reading) || reading->intent == INTENT_REFUSE)
                return drop(desk, import, error);
        g_autoptr(GBytes) bytes =
                spool_read(desk->mail->applier->house->config->state_dir, &import->place, error);
        if (bytes == NULL)
                return false;
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        return reading->intent == INTENT_ACCEPT ? take_in(desk, import, text, size, error)
                                                : look_at(desk, import->name, text, size, import, error);
}
