#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
        const char *file, *at, *end;
        int line, column;
        char separator;
        Problems *problems;
} Scanner;

static void cell_free(gpointer data)
{
        CsvCell *cell = data;
        g_free(cell->text);
        g_free(cell);
}

static void row_free(gpointer data)
{
        g_ptr_array_unref(data);
}

static bool is_continuation(char byte)
{
        return ((unsigned char)byte & 0xc0) == 0x80;
}

static char advance(Scanner *scanner)
{
        char c = *scanner->at++;
        if (c == '\n') {
                scanner->line++;
                scanner->column = 1;
        } else if (!is_continuation(c)) {
                scanner->column++;
        }
        return c;
}

static bool is_at_cell_end(const Scanner *scanner)
{
        return scanner->at == scanner->end || *scanner->at == scanner->separator || *scanner->at == '\n' ||
               *scanner->at == '\r';
}

/* The opening quote is passed. False: the file ends before the closing one. */
static bool read_quoted(Scanner *scanner, GString *text)
{
        while (scanner->at < scanner->end) {
                char c = advance(scanner);
                if (c != '"')
                        g_string_append_c(text, c);
                else if (scanner->at < scanner->end && *scanner->at == '"')
                        g_string_append_c(text, advance(scanner));
                else
                        return true;
        }
        return false;
}

static CsvCell *read_cell(Scanner *scanner)
{
        CsvCell *cell = g_new0(CsvCell, 1);
        cell->line = scanner->line;
        cell->column = scanner->column;
        g_autoptr(GString) text = g_string_new(NULL);
        if (scanner->at < scanner->end && *scanner->at == '"') {
                advance(scanner);
                if (!read_quoted(scanner, text))
                        problems_add(scanner->problems, scanner->file, cell->line, cell->column,
                                     "close it with \"", "a quoted cell is never closed");
                else if (!is_at_cell_end(scanner))
                        problems_add(scanner->problems, scanner->file, scanner->line, scanner->column,
                                     "write a quote inside a quoted cell twice",
                                     "text follows a closing quote");
        }
        while (!is_at_cell_end(scanner))
                g_string_append_c(text, advance(scanner));
        cell->text = g_strstrip(g_strdup(text->str));
        return cell;
}

static GPtrArray *read_row(Scanner *scanner)
{
        GPtrArray *row = g_ptr_array_new_with_free_func(cell_free);
        g_ptr_array_add(row, read_cell(scanner));
        while (scanner->at < scanner->end && *scanner->at == scanner->separator) {
                advance(scanner);
                g_ptr_array_add(row, read_cell(scanner));
        }
        if (scanner->at < scanner->end && *scanner->at == '\r')
                scanner->at++;
        if (scanner->at < scanner->end && *scanner->at == '\n')
                advance(scanner);
        return row;
}

static bool is_blank(const GPtrArray *row)
{
        for (guint i = 0; i < row->len; i++)
                if (((const CsvCell *)g_ptr_array_index(row, i))->text[0] != '\0')
                        return false;
        return true;
}

static char find_separator(const char *bytes, gsize size)
{
        int commas = 0, semicolons = 0;
        for (gsize i = 0; i < size && bytes[i] != '\n'; i++) {
                commas += bytes[i] == ',';
                semicolons += bytes[i] == ';';
        }
        return semicolons > commas ? ';' : ',';
}

GPtrArray *csv_parse(const char *file, const char *bytes, gsize size, Problems *problems)
{
        guint before = problems_count(problems);
        const char *wrong = NULL;
        if (!g_utf8_validate_len(bytes, size, &wrong)) {
                int line = 1;
                for (const char *at = bytes; at < wrong; at++)
                        line += *at == '\n';
                problems_add(problems, file, line, 0, "save it as \"CSV UTF-8\"", "the text is not UTF-8");
                return NULL;
        }
        if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
                bytes += 3;
                size -= 3;
        }
        Scanner scanner = { .file = file,
                            .at = bytes,
                            .end = bytes + size,
                            .line = 1,
                            .column = 1,
                            .separator = find_separator(bytes, size),
                            .problems = problems };
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
        while (scanner.at < scanner.end) {
                GPtrArray *row = read_row(&scanner);
                if (is_blank(row))
                        row_free(row);
                else
                        g_ptr_array_add(rows, row);
        }
        return problems_count(problems) > before ? NULL : g_steal_pointer(&rows);
}
