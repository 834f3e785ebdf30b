#include "procedure/meeting.h"

#include "base/text.h"
#include "procedure/words.h"

#include <string.h>

enum { DATE_WORDS_MAX = 6, PLACE_MAX_CHARACTERS = 100, LINE_MAX_BYTES = 400 };

void meeting_clear(Meeting *meeting)
{
        g_clear_pointer(&meeting->place, g_free);
}

static bool is_break(const char *text)
{
        gunichar c = g_utf8_get_char(text);
        return g_unichar_isspace(c) || c == ',' || c == 0x060C; /* the Arabic comma */
}

static const char *skip_blanks(const char *text)
{
        while (*text != '\0' && is_break(text))
                text = g_utf8_next_char(text);
        return text;
}

static const char *read_small(const char *text, int *value_out)
{
        int digits = 0, digit;
        *value_out = 0;
        for (; digits < 2 && (digit = g_unichar_digit_value(g_utf8_get_char(text))) >= 0; digits++) {
                *value_out = *value_out * 10 + digit;
                text = g_utf8_next_char(text);
        }
        return digits > 0 && !g_unichar_isdigit(g_utf8_get_char(text)) ? text : NULL;
}

/* "pm" and its kin behind the hour. */
static const char *read_half_of_day(const char *text, int *hour)
{
        const char *word = skip_blanks(text);
        bool is_afternoon = g_ascii_strncasecmp(word, "pm", 2) == 0,
             is_morning = g_ascii_strncasecmp(word, "am", 2) == 0;
        if ((!is_afternoon && !is_morning) || g_ascii_isalnum(word[2]) || *hour < 1 || *hour > 12)
                return NULL;
        *hour = *hour % 12 + (is_afternoon ? 12 : 0);
        return word + 2;
}

bool meeting_read_hour(const char *text, int *hour_out, int *minute_out, const char **end_out)
{
        const char *end = read_small(text, hour_out);
        *minute_out = 0;
        if (end == NULL)
                return false;
        const char *mark = skip_blanks(end);
        bool is_colon = *end == ':', is_h = g_ascii_tolower(*mark) == 'h' && !g_ascii_isalpha(mark[1]);
        if (is_colon || is_h) {
                end = is_colon ? end + 1 : mark + 1;
                const char *minutes = read_small(is_h ? skip_blanks(end) : end, minute_out);
                if (minutes == NULL && is_colon)
                        return false;
                if (minutes == NULL || (is_h && g_unichar_isalpha(g_utf8_get_char(minutes))))
                        *minute_out = 0; /* "14h en B204" */
                else
                        end = minutes;
        }
        const char *half = read_half_of_day(end, hour_out);
        if (!is_colon && !is_h && half == NULL)
                return false;
        *end_out = half != NULL ? half : end;
        return *hour_out < 24 && *minute_out < 60;
}

/* Words between the parts. */
static const char *skip_links(const char *text)
{
        static const char *const links[] = {
                "à ", "a ", "au ", "at ", "en ", "in ",         "dans ",   "-",
                "–",  "—",  "le ", "on ", "@",   "على الساعة ", "الساعة ", "في "
        };
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
                text = skip_blanks(text);
                if (g_str_has_prefix(text, links[i])) {
                        text += strlen(links[i]);
                        i = (size_t)-1;
                }
        }
        return text;
}

/* A day without its year is the next such day. */
static bool read_day(const char *text, Day today, Day *day_out)
{
        if (day_read(text, day_out))
                return true;
        int year, month, number;
        day_to_ymd(today, &year, &month, &number);
        for (int i = 0; i < 2; i++) {
                static const char *const joints[] = { " ", "/" };
                for (size_t j = 0; j < G_N_ELEMENTS(joints); j++) {
                        g_autofree char *whole = g_strdup_printf("%s%s%d", text, joints[j], year + i);
                        if (day_read(whole, day_out) && *day_out >= today)
                                return true;
                }
        }
        return false;
}

/* The longest beginning of the line that is a day; behind it. */
static const char *read_date(const char *line, Day today, Day *day_out)
{
        const char *found = NULL, *end = line;
        for (int i = 0; i < DATE_WORDS_MAX && *end != '\0'; i++) {
                while (*end != '\0' && !is_break(end))
                        end = g_utf8_next_char(end);
                g_autofree char *part = g_strndup(line, (gsize)(end - line));
                Day day;
                if (read_day(part, today, &day)) {
                        found = end;
                        *day_out = day;
                }
                end = skip_blanks(end);
        }
        return found;
}

/* "plutôt pas" is no place: one follows a comma or a link, or looks like one. */
static bool is_place(const char *before, const char *place)
{
        static const char *const words[] = { "salle", "amphi", "room",  "hall", "bureau", "bat",
                                             "visio", "zoom",  "teams", "قاعه", "المدرج" };
        gunichar first = g_utf8_get_char(place);
        g_autofree char *folded = text_fold(place);
        if (place[0] == '\0' || g_unichar_isupper(first) || g_unichar_isdigit(first))
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (g_str_has_prefix(folded, words[i]))
                        return true;
        for (; before < place; before++)
                if (*before != ' ')
                        return true;
        return false;
}

/* "25:00" that is none. */
static bool looks_like_hour(const char *text)
{
        size_t digits = strspn(text, "0123456789");
        return digits > 0 && (text[digits] == ':' || text[digits] == 'h');
}

static bool read_line(const char *line, Day today, Meeting *meeting)
{
        g_autofree char *plain = text_single_line(line);
        const char *rest =
                strlen(plain) <= LINE_MAX_BYTES ? read_date(skip_links(plain), today, &meeting->day) : NULL;
        if (rest == NULL)
                return false;
        const char *end;
        const char *before = rest;
        rest = skip_links(rest);
        meeting->hour = -1;
        int hour, minute;
        if (meeting_read_hour(rest, &hour, &minute, &end)) {
                meeting->hour = hour;
                meeting->minute = minute;
                before = end;
                rest = skip_links(end);
        }
        if (!is_place(before, rest) || (meeting->hour < 0 && looks_like_hour(rest)))
                return false;
        g_free(meeting->place);
        meeting->place = g_strchomp(g_strdup(rest));
        size_t length = strlen(meeting->place);
        if (length > 0 && meeting->place[length - 1] == '.')
                meeting->place[length - 1] = '\0';
        return g_utf8_strlen(meeting->place, -1) <= PLACE_MAX_CHARACTERS;
}

/* "si", "mais", a question mark: no line of it is taken. */
static bool is_doubtful(const Form *form, const char *text)
{
        const Field *field = g_ptr_array_index(form->fields, 0);
        g_autofree char *folded = text_fold(text);
        if (strchr(folded, '?') != NULL || strstr(text, "؟") != NULL)
                return true;
        g_auto(GStrv) words = g_strsplit_set(folded, " ,;:.!()'\"\n-", -1);
        for (char **word = words; *word != NULL; word++)
                if (words_hears(field->words, "but", *word) ||
                    ((*word)[0] != '\0' && (*word)[1] != '\0' && words_hears(field->words, "no", *word)))
                        return true;
        return false;
}

bool meeting_read(const Form *form, const char *text, Day today, Meeting *meeting_out)
{
        *meeting_out = (Meeting){ .day = DAY_NONE, .hour = -1 };
        if (form->fields->len == 0 || is_doubtful(form, text))
                return false;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        int found = 0;
        for (char **line = lines; *line != NULL; line++) {
                g_auto(Meeting) meeting = { 0 };
                if (!read_line(*line, today, &meeting))
                        continue;
                if (found++ == 0) {
                        meeting_clear(meeting_out);
                        *meeting_out = meeting;
                        meeting.place = NULL;
                }
        }
        return found == 1;
}
