#include "robot/act.h"

#include <inttypes.h>
#include <string.h>

static const char *const what_words[] = { "answered", "filled",     "saved",      "sealed",
                                          "not_me",   "fresh_link", "space_link", "read" };
G_STATIC_ASSERT(G_N_ELEMENTS(what_words) == ACT_READ + 1);

void act_free(Act *act)
{
        if (act == NULL)
                return;
        g_free(act->step);
        g_free(act->nonce);
        g_free(act->answer);
        g_free(act->reason);
        g_free(act->address);
        g_free(act->sealed);
        if (act->values != NULL)
                g_ptr_array_unref(act->values);
        g_free(act);
}

GBytes *act_write(const Act *act)
{
        json_t *values = json_array();
        for (guint i = 0; act->values != NULL && i < act->values->len; i++) {
                const GivenValue *given = g_ptr_array_index(act->values, i);
                json_array_append_new(values, json_pack("[i, s]", given->anchor, given->value));
        }
        json_t *object = json_pack("{s:s, s:I, s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "act",
                                   what_words[act->what], "case", (json_int_t)act->case_id, "person",
                                   (json_int_t)act->person, "step", act->step, "nonce", act->nonce, "answer",
                                   act->answer, "reason", act->reason, "address", act->address, "sealed",
                                   act->sealed, "values", values);
        char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(object);
        GBytes *bytes = g_bytes_new(text, strlen(text));
        free(text);
        return bytes;
}

static char *dup_text(const json_t *object, const char *key)
{
        return g_strdup(json_string_value(json_object_get(object, key)));
}

static bool what_parse(const char *word, ActWhat *what_out)
{
        for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(what_words); i++)
                if (strcmp(what_words[i], word) == 0) {
                        *what_out = (ActWhat)i;
                        return true;
                }
        return false;
}

Act *act_read(GBytes *bytes)
{
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
        ActWhat what;
        if (!what_parse(json_string_value(json_object_get(object, "act")), &what)) {
                json_decref(object);
                return NULL;
        }
        Act *act = g_new0(Act, 1);
        act->what = what;
        act->case_id = json_integer_value(json_object_get(object, "case"));
        act->person = json_integer_value(json_object_get(object, "person"));
        act->step = dup_text(object, "step");
        act->nonce = dup_text(object, "nonce");
        act->answer = dup_text(object, "answer");
        act->reason = dup_text(object, "reason");
        act->address = dup_text(object, "address");
        act->sealed = dup_text(object, "sealed");
        act->values = given_values_new();
        size_t index;
        json_t *pair;
        json_array_foreach(json_object_get(object, "values"), index, pair) {
                const char *value = json_string_value(json_array_get(pair, 1));
                if (value != NULL)
                        given_values_add(act->values, (int)json_integer_value(json_array_get(pair, 0)),
                                         value);
        }
        json_decref(object);
        return act;
}

char *act_fingerprint(const Act *act)
{
        g_autofree char *text = g_strdup_printf(
                "%s %" PRId64 " %" PRId64 " %s %s", what_words[act->what], act->case_id, act->person,
                act->step != NULL ? act->step : "-", act->nonce != NULL ? act->nonce : "-");
        return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}
