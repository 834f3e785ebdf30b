#include "robot/label_file.h"

#include "base/hash.h"

#include <string.h>

static const char mark[] = "facteur-label ";
enum { SIGNATURE_LENGTH = 88, NUMBER_MAX = 60 }; /* kid, colon, 64 bytes in base64url */

/* Where number, hash and signature stand. */
typedef struct {
        gsize number_at, number_length, hash_at, signature_at;
} Places;

char *label_file_blank(const char *number)
{
        g_autofree char *hash = g_strnfill(HASH_LENGTH, '0'), *signature = g_strnfill(SIGNATURE_LENGTH, '0');
        return g_strdup_printf("%s%s %s %s", mark, number, hash, signature);
}

static bool is_number(char c)
{
        return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* The one mark in the file, and what follows it. Two of them: none. */
static bool find_places(const char *bytes, gsize size, Places *places)
{
        const char *at = size > 0 ? memmem(bytes, size, mark, strlen(mark)) : NULL;
        if (at == NULL)
                return false;
        const char *end = bytes + size, *number = at + strlen(mark), *next = number;
        while (next < end && next - number < NUMBER_MAX && is_number(*next))
                next++;
        if (next == number || end - next < 2 + HASH_LENGTH + SIGNATURE_LENGTH || *next != ' ' ||
            next[1 + HASH_LENGTH] != ' ' || memmem(number, (gsize)(end - number), mark, strlen(mark)) != NULL)
                return false;
        places->number_at = (gsize)(number - bytes);
        places->number_length = (gsize)(next - number);
        places->hash_at = (gsize)(next + 1 - bytes);
        places->signature_at = places->hash_at + HASH_LENGTH + 1;
        return true;
}

static void hash_blank(char *bytes, gsize size, const Places *places, char hash_out[HASH_LENGTH + 1])
{
        memset(bytes + places->hash_at, '0', HASH_LENGTH);
        memset(bytes + places->signature_at, '0', SIGNATURE_LENGTH);
        hash_sha256(bytes, size, hash_out);
}

GBytes *label_file_sign(GBytes *blank, const char *number, const Keyring *keyring, GError **error)
{
        gsize size;
        Places places;
        g_autofree char *bytes = g_memdup2(g_bytes_get_data(blank, NULL), g_bytes_get_size(blank));
        char hash[HASH_LENGTH + 1];
        g_bytes_get_data(blank, &size);
        if (!find_places(bytes, size, &places)) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT, "the label %s has no place for its signature",
                            number);
                return NULL;
        }
        hash_blank(bytes, size, &places, hash);
        g_autofree char *statement = g_strdup_printf("%s %s", number, hash);
        g_autofree char *signature = sign_text(keyring, statement, error);
        if (signature == NULL)
                return NULL;
        g_assert(strlen(signature) == SIGNATURE_LENGTH);
        memcpy(bytes + places.hash_at, hash, HASH_LENGTH);
        memcpy(bytes + places.signature_at, signature, SIGNATURE_LENGTH);
        return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

LabelFileVerdict label_file_check(GBytes *file, const char *public_keys, char **number_out)
{
        gsize size;
        const char *whole = g_bytes_get_data(file, &size);
        Places places;
        *number_out = NULL;
        if (!find_places(whole, size, &places))
                return LABEL_FILE_UNSIGNED;
        *number_out = g_strndup(whole + places.number_at, places.number_length);
        g_autofree char *said = g_strndup(whole + places.hash_at, HASH_LENGTH),
                        *signature = g_strndup(whole + places.signature_at, SIGNATURE_LENGTH),
                        *bytes = g_memdup2(whole, size);
        char hash[HASH_LENGTH + 1];
        hash_blank(bytes, size, &places, hash);
        if (strcmp(hash, said) != 0)
                return LABEL_FILE_CHANGED;
        g_autofree char *statement = g_strdup_printf("%s %s", *number_out, hash);
        return sign_verify(public_keys, statement, signature) ? LABEL_FILE_GENUINE : LABEL_FILE_FOREIGN;
}
