#include "mail/bounce_fields.h"

#include "base/text.h"
#include "mail/address_scan.h"

#include <string.h>

enum { FIELD_MAX_BYTES = 4096 };

/* The fields of one recipient as written. */
typedef struct {
        char *original, *final, *actual, *action, *status, *diagnostic, *disposition;
} Block;

void recipient_report_free(RecipientReport *report)
{
        g_free(report->recipient);
        g_free(report->reason);
        g_free(report);
}

/* The word of Action, in the RFC's words and in those of servers that made up their own. */
static Delivery read_action(const char *action)
{
        static const struct {
                const char *word;
                Delivery delivery;
        } rows[] = {
                { "fail", DELIVERY_FAILED },       { "undeliver", DELIVERY_FAILED },
                { "expired", DELIVERY_FAILED },    { "reject", DELIVERY_FAILED },
                { "error", DELIVERY_FAILED },      { "bounce", DELIVERY_FAILED },
                { "delay", DELIVERY_DELAYED },     { "defer", DELIVERY_DELAYED },
                { "transient", DELIVERY_DELAYED }, { "delivered", DELIVERY_DONE },
                { "deliverable", DELIVERY_DONE },  { "relay", DELIVERY_DONE },
                { "expanded", DELIVERY_DONE },     { "success", DELIVERY_DONE },
        };
        for (size_t i = 0; action != NULL && i < G_N_ELEMENTS(rows); i++)
                if (g_ascii_strncasecmp(action, rows[i].word, strlen(rows[i].word)) == 0)
                        return rows[i].delivery;
        return DELIVERY_UNKNOWN;
}

static Delivery delivery_of_class(char status_class)
{
        switch (status_class) {
        case '2': return DELIVERY_DONE;
        case '4': return DELIVERY_DELAYED;
        case '5': return DELIVERY_FAILED;
        default: return DELIVERY_UNKNOWN;
        }
}

/* Sieve's reject (RFC 5429) comes as a receipt: refused by a program, read by nobody. */
static Delivery read_disposition(const char *disposition)
{
        g_autofree char *lower = disposition != NULL ? g_ascii_strdown(disposition, -1) : NULL;
        bool is_refused = lower != NULL && g_str_has_prefix(lower, "automatic-action") &&
                          (strstr(lower, "deleted") != NULL || strstr(lower, "denied") != NULL ||
                           strstr(lower, "failed") != NULL);
        return is_refused ? DELIVERY_FAILED : DELIVERY_UNKNOWN;
}

/* `rfc822;a@b`, `RFC822; <a@b>`, `X400; /…/`. The type is not believed: what has an address is one. */
static char *read_recipient(const char *value)
{
        if (value == NULL)
                return NULL;
        const char *semicolon = strchr(value, ';');
        const char *text = semicolon != NULL ? semicolon + 1 : value;
        if (strchr(text, '@') != NULL)
                return address_scan_first(text);
        g_auto(GStrv) pieces = g_strsplit(text, "(a)", -1); /* X.400 has no @ */
        g_autofree char *with_at = g_strjoinv("@", pieces);
        return address_scan_first(with_at);
}

/* The address that we wrote to is the original one, whatever it was expanded to. */
static char *best_recipient(const Block *block)
{
        const char *const values[] = { block->original, block->final, block->actual, block->diagnostic };
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                char *recipient = read_recipient(values[i]);
                if (recipient != NULL)
                        return recipient;
        }
        return NULL;
}

static void clear_block(Block *block)
{
        g_free(block->original);
        g_free(block->final);
        g_free(block->actual);
        g_free(block->action);
        g_free(block->status);
        g_free(block->diagnostic);
        g_free(block->disposition);
        *block = (Block){ 0 };
}

static void end_block(Block *block, GPtrArray *reports)
{
        bool has_recipient = block->original != NULL || block->final != NULL || block->actual != NULL;
        bool says_something = block->action != NULL || block->status != NULL || block->diagnostic != NULL;
        Delivery disposition = read_disposition(block->disposition);
        if (has_recipient && (says_something || disposition != DELIVERY_UNKNOWN) &&
            reports->len < RECIPIENT_REPORTS_MAX) {
                RecipientReport *report = g_new0(RecipientReport, 1);
                report->recipient = best_recipient(block);
                report->delivery = disposition != DELIVERY_UNKNOWN ? disposition : read_action(block->action);
                report->reason = g_strdup(block->diagnostic);
                report->reply_class = block->diagnostic != NULL ? status_reply_class(block->diagnostic) : 0;
                if ((block->status == NULL || !status_read(block->status, report->status)) &&
                    block->diagnostic != NULL)
                        status_find(block->diagnostic, report->status);
                if (report->delivery == DELIVERY_UNKNOWN)
                        report->delivery = delivery_of_class(report->status[0]);
                g_ptr_array_add(reports, report);
        }
        clear_block(block);
}

static char **field_of(Block *block, const char *name, size_t length)
{
        const struct {
                const char *name;
                char **place;
        } rows[] = {
                { "Original-Recipient", &block->original },
                { "Final-Recipient", &block->final },
                { "X-Actual-Recipient", &block->actual },
                { "Action", &block->action },
                { "Status", &block->status },
                { "Diagnostic-Code", &block->diagnostic },
                { "Disposition", &block->disposition },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                if (strlen(rows[i].name) == length && g_ascii_strncasecmp(name, rows[i].name, length) == 0)
                        return rows[i].place;
        return NULL;
}

/* One line; `open` is the field that a folded line continues. A recipient field that comes again begins the
 * next recipient, blank line or not. */
static char **read_line(Block *block, const char *line, size_t length, char **open, GPtrArray *reports)
{
        if (open != NULL && (line[0] == ' ' || line[0] == '\t')) {
                if (strlen(*open) + length > FIELD_MAX_BYTES)
                        return open;
                g_autofree char *more = g_strstrip(g_strndup(line, length));
                g_autofree char *sum = g_strconcat(*open, " ", more, NULL);
                g_free(*open);
                *open = g_steal_pointer(&sum);
                return open;
        }
        const char *colon = memchr(line, ':', length);
        char **place = colon != NULL ? field_of(block, line, (size_t)(colon - line)) : NULL;
        if (place == NULL)
                return NULL;
        bool is_recipient = place == &block->original || place == &block->final;
        if (*place != NULL && is_recipient)
                end_block(block, reports);
        else if (*place != NULL)
                return NULL;
        g_autofree char *value =
                text_make_valid(colon + 1, MIN(length - (size_t)(colon + 1 - line), FIELD_MAX_BYTES));
        *place = g_strstrip(g_steal_pointer(&value));
        return place;
}

void bounce_fields_read(const char *text, GPtrArray *reports)
{
        Block block = { 0 };
        char **open = NULL;
        for (const char *line = text; *line != '\0';) {
                size_t length = strcspn(line, "\n");
                const char *next = line + length + (line[length] == '\n');
                while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' '))
                        length--;
                if (length == 0)
                        end_block(&block, reports);
                open = length > 0 ? read_line(&block, line, length, open, reports) : NULL;
                line = next;
        }
        end_block(&block, reports);
}
