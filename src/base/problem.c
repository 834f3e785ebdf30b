#include "base/problem.h"

#include <stdbool.h>
#include <string.h>

struct Problems {
        GPtrArray *list; /* of Problem */
        bool is_sorted;
};

static void problem_free(gpointer data)
{
        Problem *problem = data;
        g_free(problem->file);
        g_free(problem->what);
        g_free(problem->mend);
        g_free(problem);
}

Problems *problems_new(void)
{
        Problems *problems = g_new0(Problems, 1);
        problems->list = g_ptr_array_new_with_free_func(problem_free);
        return problems;
}

void problems_free(Problems *problems)
{
        if (problems == NULL)
                return;
        g_ptr_array_unref(problems->list);
        g_free(problems);
}

void problems_add(Problems *problems, const char *file, int line, int column, const char *mend,
                  const char *format, ...)
{
        Problem *problem = g_new0(Problem, 1);
        problem->file = g_utf8_make_valid(file, -1); /* a file may be called, and hold, anything */
        problem->line = line;
        problem->column = column;
        problem->mend = g_strdup(mend != NULL ? mend : "");
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        problem->what = g_utf8_make_valid(what, -1);
        va_end(arguments);
        g_ptr_array_add(problems->list, problem);
        problems->is_sorted = false;
}

guint problems_count(const Problems *problems)
{
        return problems->list->len;
}

static int compare_marks(gconstpointer a, gconstpointer b)
{
        const Problem *left = *(Problem *const *)a, *right = *(Problem *const *)b;
        int by_file = strcmp(left->file, right->file);
        if (by_file != 0)
                return by_file;
        return left->line != right->line ? left->line - right->line : left->column - right->column;
}

const Problem *problems_get(const Problems *problems, guint index)
{
        Problems *mutable = (Problems *)problems; /* sorted on first reading */
        if (!mutable->is_sorted) {
                g_ptr_array_sort(mutable->list, compare_marks);
                mutable->is_sorted = true;
        }
        return g_ptr_array_index(problems->list, index);
}

char *problems_print(const Problems *problems)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < problems->list->len; i++) {
                const Problem *problem = problems_get(problems, i);
                g_string_append(out, problem->file);
                if (problem->line > 0)
                        g_string_append_printf(out, ":%d", problem->line);
                if (problem->column > 0)
                        g_string_append_printf(out, ":%d", problem->column);
                g_string_append_printf(out, ": %s", problem->what);
                if (problem->mend[0] != '\0')
                        g_string_append_printf(out, " — %s", problem->mend);
                g_string_append_c(out, '\n');
        }
        return g_string_free(out, FALSE);
}
