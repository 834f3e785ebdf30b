#include "mail/bounce.h"

#include "mail/bounce_fields.h"
#include "mail/bounce_report.h"

void bounces_read(Message *message, const Patterns *patterns, GPtrArray *bounces)
{
        g_autoptr(GPtrArray) reports = NULL;
        bounce_report_read(message, patterns, false, NULL, &reports);
        for (guint i = 0; i < reports->len; i++) {
                const RecipientReport *report = g_ptr_array_index(reports, i);
                if (report->recipient == NULL)
                        continue;
                bool is_temporary =
                        report->status[0] == '4' || (report->status[0] == '\0' && report->reply_class == 4);
                Bounce *bounce = g_new0(Bounce, 1);
                bounce->recipient = g_strdup(report->recipient);
                bounce->is_permanent = report->delivery != DELIVERY_DELAYED && !is_temporary;
                g_strlcpy(bounce->status, report->status, sizeof(bounce->status));
                g_ptr_array_add(bounces, bounce);
        }
}
