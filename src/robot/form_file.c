#include "robot/form_file.h"

#include "procedure/form_value.h"

#include <string.h>

Upload *form_file_named(Store *store, const Case *the_case, const Step *step, const Field *field,
                        const char *value, GError **error)
{
        int64_t id = field->kind == FIELD_FILE && value != NULL ? form_value_file(value) : 0;
        g_autoptr(Upload) upload = id != 0 ? uploads_get(store, id, error) : NULL;
        bool is_its_own = upload != NULL && upload->case_id == the_case->id &&
                          strcmp(upload->step, step->key) == 0 && strcmp(upload->field, field->key) == 0;
        return is_its_own ? g_steal_pointer(&upload) : NULL;
}

Upload *form_file_find(Store *store, const Case *the_case, const Step *step, const Form *form,
                       const Field *field, GError **error)
{
        if (form->is_confidential)
                return NULL;
        g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
        return form_file_named(store, the_case, step, field, case_value(the_case, key), error);
}
