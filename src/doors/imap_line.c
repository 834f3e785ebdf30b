/* doors/imap_line.c: commands that libetpan does not speak well: login (it hides the response codes), IDLE.
 */
#include "doors/imap_private.h"

#include <string.h>

bool imap_line_send(Imap *imap, const char *text, bool is_secret)
{
        mailstream *stream = imap->session->imap_stream;
        mailstream_set_privacy(stream, !is_secret);
        bool is_sent = mailstream_write(stream, text, strlen(text)) >= 0 &&
                       mailstream_write(stream, "\r\n", 2) >= 0 && mailstream_flush(stream) >= 0;
        mailstream_set_privacy(stream, 1);
        return is_sent;
}

const char *imap_line_read(Imap *imap)
{
        char *line = mailstream_read_line_remove_eol(imap->session->imap_stream, imap->line);
        /* At the end of the stream libetpan gives what came of the line. */
        if (line == NULL || imap_transport_end(imap->low) != IMAP_END_NONE)
                return NULL;
        return line;
}

/* "tag OK [CODE] words" */
ImapVerdict imap_line_verdict(const char *line, char **text_out)
{
        const char *word = line + strcspn(line, " ");
        word += strspn(word, " ");
        const char *text = word + strcspn(word, " ");
        *text_out = g_strdup(text + strspn(text, " "));
        if (g_ascii_strncasecmp(word, "OK", 2) == 0)
                return IMAP_LINE_OK;
        return g_ascii_strncasecmp(word, "NO", 2) == 0 ? IMAP_LINE_NO : IMAP_LINE_BAD;
}

ImapVerdict imap_line_finish(Imap *imap, const char *tag, void (*seen)(const char *line, void *data),
                             void *data, char **text_out)
{
        const char *line;
        size_t length = strlen(tag);
        while ((line = imap_line_read(imap)) != NULL) {
                if (strncmp(line, tag, length) == 0 && line[length] == ' ')
                        return imap_line_verdict(line, text_out);
                if (g_ascii_strncasecmp(line, "* BYE", 5) == 0)
                        break;
                if (seen != NULL)
                        seen(line, data);
        }
        imap->is_broken = true;
        *text_out = NULL;
        return IMAP_LINE_LOST;
}
