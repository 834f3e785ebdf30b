/* robot/digest_held.c: messages that wait for staff: who wrote what, why it waits, which case is likely. */
#include "robot/digest_private.h"

#include "base/address.h"
#include "base/text.h"
#include "store/cases.h"

#include <string.h>

enum { EXCERPT_CHARACTERS = 240, REFERENCES_MAX = 40, REFERENCE_BYTES_MAX = 40 };

/* Why a message waits for staff, by the beginning of the clerk's rule. */
static const struct {
        const char *rule, *name;
} reasons[] = {
        { "a stranger", "is_stranger" },
        { "nothing in it says which case", "is_without_case" },
        { "it names more than one case", "is_ambiguous" },
        { "it answers a mail whose time is over", "is_expired" },
        { "a server refuses the robot's mail by its policy", "is_policy" },
        { "a delivery report", "is_report" },
        { "a spam filter", "is_challenge" },
        { "too large", "is_too_large" },
        { "a mail bounced", "is_report" },
        { "the address is not the one", "is_other_address" },
        { "a command from an address", "is_other_address" },
        { "list mail", "is_list" },
        { "the message is in a file", "is_unreadable" },
};

static const char *reason_name(const HeldMessage *held)
{
        for (size_t i = 0; held->rule != NULL && i < G_N_ELEMENTS(reasons); i++)
                if (g_str_has_prefix(held->rule, reasons[i].rule))
                        return reasons[i].name;
        if (g_strcmp0(held->kind, "bounce") == 0)
                return "is_report";
        return held->kind == NULL ? "is_unreadable" : "is_unclear";
}

static char *cut_excerpt(const char *text)
{
        g_autofree char *line = text_single_line(text != NULL ? text : "");
        if (g_utf8_strlen(line, -1) <= EXCERPT_CHARACTERS)
                return g_steal_pointer(&line);
        g_autofree char *start = g_utf8_substring(line, 0, EXCERPT_CHARACTERS);
        return g_strconcat(start, "…", NULL);
}

/* {from, name, subject, text, about} of the spool; NULL: nothing was kept. */
static json_t *read_note(const DigestWriter *writer, const HeldMessage *held)
{
        g_autoptr(GBytes) bytes = held->note.segment != NULL
                                          ? spool_read(writer->house->config->state_dir, &held->note, NULL)
                                          : NULL;
        gsize size = 0;
        const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
        return text != NULL ? json_loadb(text, size, 0, NULL) : NULL;
}

static void add_note(const json_t *note, json_t *item)
{
        static const char *const names[] = { "from", "name", "subject", "text", "about" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *cut = cut_excerpt(json_string_value(json_object_get(note, names[i])));
                json_object_set_new(item, names[i], json_string(cut));
        }
}

/* Which case? */

/* The first word of a text that is the reference of a case. */
static bool find_reference(const DigestWriter *writer, const char *text, int64_t *case_out)
{
        g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " \t\r\n,;:.!?<>()[]{}\"'«»", -1);
        guint tried = 0;
        *case_out = 0;
        for (char **word = words; *word != NULL && *case_out == 0 && tried < REFERENCES_MAX; word++) {
                GError *trouble = NULL;
                if (strpbrk(*word, "0123456789") == NULL || strlen(*word) > REFERENCE_BYTES_MAX)
                        continue;
                tried++;
                *case_out = MAX(cases_find(writer->house->store, *word, &trouble), 0);
                if (trouble != NULL) {
                        g_propagate_error(writer->error, trouble);
                        return false;
                }
        }
        return true;
}

/* Where everybody has an address: it says nothing of whose colleague somebody is. */
static const char *const shared_domains[] = {
        "gmail.com",      "googlemail.com", "outlook.com",  "outlook.fr", "hotmail.com", "hotmail.fr",
        "live.com",       "live.fr",        "msn.com",      "yahoo.com",  "yahoo.fr",    "icloud.com",
        "me.com",         "free.fr",        "orange.fr",    "wanadoo.fr", "sfr.fr",      "laposte.net",
        "protonmail.com", "proton.me",      "gmx.com",      "gmx.fr",     "menara.ma",   "topnet.tn",
        "gnet.tn",        "djaweb.dz",      "terra.net.lb", NULL,
};

/* The case of somebody with an address of the same domain. */
static bool find_colleague(const DigestWriter *writer, const char *from, int64_t *case_out)
{
        g_autofree char *key = from != NULL ? address_key(from) : NULL;
        const char *domain = key != NULL ? address_domain(key) : NULL;
        *case_out = 0;
        return domain == NULL || g_strv_contains(shared_domains, domain) ||
               overview_case_of_domain(writer->house->store, domain, case_out, writer->error);
}

/* A name of the template that says by what the case was guessed; NULL: it was not. */
static bool guess_case(const DigestWriter *writer, HeldMessage *held, const json_t *note,
                       const char **why_out)
{
        Store *store = writer->house->store;
        const char *from = json_string_value(json_object_get(note, "from"));
        int64_t found = 0;
        *why_out = held->case_id != 0 && held->is_guess ? "is_writers" : NULL;
        if (held->case_id != 0 && !held->is_guess)
                return true;
        if (!find_reference(writer, json_string_value(json_object_get(note, "subject")), &found) ||
            (found == 0 && !find_reference(writer, json_string_value(json_object_get(note, "text")), &found)))
                return false;
        if (found != 0)
                *why_out = "is_named";
        else if (held->case_id == 0) {
                if (!find_colleague(writer, from, &found))
                        return false;
                *why_out = found != 0 ? "is_colleagues" : NULL;
        }
        held->is_guess = held->is_guess || found != 0;
        return found == 0 || overview_name_case(store, found, held, writer->error);
}

/* The lines. */

static json_t *held_item(DigestWriter *writer, HeldMessage *held)
{
        json_t *note = read_note(writer, held);
        const char *why;
        if (!guess_case(writer, held, note, &why)) {
                json_decref(note);
                return NULL;
        }
        json_t *item = digest_add_line(writer, (DigestLine){ .kind = LINE_HELD,
                                                             .case_id = held->case_id,
                                                             .step = g_strdup(""),
                                                             .message = held->id });
        json_object_set_new(item, "reference", json_string(held->reference));
        json_object_set_new(item, "student", json_string(held->student));
        json_object_set_new(item, "is_guess", json_boolean(why != NULL));
        json_object_set_new(item, "since", digest_day(writer, held->received_at));
        json_object_set_new(item, "many",
                            held->count > 1 ? mail_count(held->count, writer->language) : json_false());
        json_object_set_new(item, reason_name(held), json_true());
        if (why != NULL)
                json_object_set_new(item, why, json_true());
        add_note(note, item);
        json_decref(note);
        return item;
}

bool digest_add_held(DigestWriter *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) held = overview_held(writer->house->store, &writer->overview,
                                                  digest_limit(writer), &total, writer->error);
        json_t *items = json_array();
        bool is_done = held != NULL;
        for (guint i = 0; is_done && i < held->len; i++) {
                HeldMessage *message = g_ptr_array_index(held, i);
                if (!digest_is_first(writer, message->id, DIGEST_HELD)) {
                        total--;
                } else if (writer->left > 0) {
                        json_t *item = held_item(writer, message);
                        is_done = item != NULL && json_array_append_new(items, item) == 0;
                }
        }
        writer->left_out += is_done ? total - (int64_t)json_array_size(items) : 0;
        return digest_put_list(writer, "digest_held", items) && is_done;
}
