#include "mail/bounce.h"

#include "mail/bounce_report.h"

#include <string.h>

enum { RECIPIENTS_MAX = 100, REPORT_MAX_BYTES = 256 * 1024 };

static bool is_type(GMimeObject *part, const char *media, const char *subtype)
{
        return g_mime_content_type_is_type(g_mime_object_get_content_type(part), media, subtype);
}

static GMimeObject *find_status_part(GMimeObject *object)
{
        if (object == NULL)
                return NULL;
        if (is_type(object, "message", "delivery-status") ||
            is_type(object, "message", "global-delivery-status"))
                return object;
        if (!GMIME_IS_MULTIPART(object))
                return NULL;
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++) {
                GMimeObject *found = find_status_part(g_mime_multipart_get_part(GMIME_MULTIPART(object), i));
                if (found != NULL)
                        return found;
        }
        return NULL;
}

static char *part_text(GMimeObject *part)
{
        GMimeDataWrapper *content = GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
        if (content == NULL)
                return g_strdup("");
        GMimeStream *stream = g_mime_stream_mem_new();
        g_mime_data_wrapper_write_to_stream(content, stream);
        GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
        char *text = g_strndup((const char *)bytes->data, MIN(bytes->len, REPORT_MAX_BYTES));
        g_object_unref(stream);
        return text;
}

typedef struct {
        char *recipient, *action, *status;
} Block;

static void clear_block(Block *block)
{
        g_free(block->recipient);
        g_free(block->action);
        g_free(block->status);
        *block = (Block){ 0 };
}

static char *value_after(const char *line, const char *name)
{
        size_t length = strlen(name);
        if (g_ascii_strncasecmp(line, name, length) != 0 || line[length] != ':')
                return NULL;
        return g_strstrip(g_strdup(line + length + 1));
}

static char *recipient_of(const char *value)
{
        const char *semicolon = strchr(value, ';');
        g_autofree char *text = g_strstrip(g_strdup(semicolon != NULL ? semicolon + 1 : value));
        char *start = text[0] == '<' ? text + 1 : text;
        start[strcspn(start, "> ")] = '\0';
        return strchr(start, '@') != NULL ? g_strdup(start) : NULL;
}

static ReportKind end_block(Block *block, GPtrArray *bounces)
{
        ReportKind kind = REPORT_NONE;
        bool is_failed = block->action != NULL && g_ascii_strncasecmp(block->action, "fail", 4) == 0;
        bool is_delayed = block->action != NULL && g_ascii_strncasecmp(block->action, "delay", 5) == 0;
        if (block->recipient != NULL && (is_failed || is_delayed)) {
                kind = REPORT_FAILURE;
                if (bounces != NULL && bounces->len < RECIPIENTS_MAX) {
                        Bounce *bounce = g_new0(Bounce, 1);
                        bounce->recipient = g_steal_pointer(&block->recipient);
                        bounce->is_permanent =
                                is_failed && (block->status == NULL || block->status[0] != '4');
                        if (block->status != NULL)
                                g_snprintf(bounce->status, sizeof(bounce->status), "%.*s",
                                           (int)strspn(block->status, "0123456789."), block->status);
                        g_ptr_array_add(bounces, bounce);
                }
        } else if (block->recipient != NULL) {
                kind = REPORT_SUCCESS;
        }
        clear_block(block);
        return kind;
}

static ReportKind read_status_part(const char *text, GPtrArray *bounces)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        Block block = { 0 };
        ReportKind sum = REPORT_NONE;
        for (char **line = lines;; line++) {
                if (*line == NULL || g_strstrip(*line)[0] == '\0') {
                        ReportKind kind = end_block(&block, bounces);
                        if (kind != REPORT_NONE && sum != REPORT_FAILURE)
                                sum = kind;
                        if (*line == NULL)
                                return sum;
                        continue;
                }
                char *value;
                if ((value = value_after(*line, "Final-Recipient")) != NULL) {
                        if (block.recipient == NULL)
                                block.recipient = recipient_of(value);
                        g_free(value);
                } else if ((value = value_after(*line, "Action")) != NULL) {
                        g_free(block.action);
                        block.action = value;
                } else if ((value = value_after(*line, "Status")) != NULL) {
                        g_free(block.status);
                        block.status = value;
                }
        }
}

static ReportKind read_report(Message *message, GPtrArray *bounces)
{
        GMimeMessage *mime = message_mime(message);
        GMimeObject *part = mime != NULL ? find_status_part(g_mime_message_get_mime_part(mime)) : NULL;
        if (part == NULL)
                return REPORT_NONE;
        g_autofree char *text = part_text(part);
        return read_status_part(text, bounces);
}

ReportKind bounce_report_judge(Message *message, const Patterns *patterns)
{
        (void)patterns;
        return read_report(message, NULL);
}

void bounces_read(Message *message, const Patterns *patterns, GPtrArray *bounces)
{
        (void)patterns;
        read_report(message, bounces);
}
