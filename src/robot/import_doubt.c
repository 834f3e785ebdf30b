/* robot/import_doubt.c: addresses that look wrong: a slip of a domain that many use, one name with two
 * addresses, one address with two names, letters that many servers cannot take. Asked about, never refused.
 */
#include "robot/import_private.h"

#include "base/address.h"
#include "base/address_slip.h"
#include "store/people.h"

#include <string.h>

enum { MANY = 5, DOMAINS_MAX = 200 };

void newcomer_free(Newcomer *newcomer)
{
        g_free(newcomer->name);
        g_free(newcomer);
}

bool row_doubt_name(const Row *row, const char *email_name, int64_t id, const Person *person, GError **error)
{
        Person *known = people_get(row->import->house->store, id, error);
        if (known == NULL)
                return false;
        g_autofree char *before = people_name_key(known->name), *after = people_name_key(person->name);
        if (strcmp(before, after) != 0)
                row_warn(row, "same_address", email_name, person->address, known->name);
        person_free(known);
        return true;
}

static bool is_ascii_local_part(const char *address)
{
        for (const char *c = address; *c != '@' && *c != '\0'; c++)
                if ((unsigned char)*c >= 0x80)
                        return false;
        return true;
}

static void doubt_address(const Import *import, const Newcomer *newcomer, const Person *person,
                          const char *const *domains)
{
        const char *meant = address_slip(person->address, domains);
        if (meant != NULL)
                import_warn(import, newcomer, "domain_near", person->address, meant);
        if (!is_ascii_local_part(person->address))
                import_warn(import, newcomer, "not_ascii", person->address, NULL);
}

/* Name -> Person, borrowed: the first of that name; who comes later is asked about. */
static GHashTable *index_names(const GPtrArray *people)
{
        GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < people->len; i++) {
                Person *person = g_ptr_array_index(people, i);
                char *key = people_name_key(person->name);
                if (key[0] != '\0' && !g_hash_table_contains(names, key))
                        g_hash_table_insert(names, key, person);
                else
                        g_free(key);
        }
        return names;
}

/* Domain -> is it doubted: each is asked once, and so many at most; after the first silence none. */

static bool takes_no_mail(const Import *import, GHashTable *asked, const char *domain)
{
        gpointer kept;
        if (g_hash_table_lookup_extended(asked, domain, NULL, &kept))
                return GPOINTER_TO_INT(kept);
        if (g_hash_table_size(asked) >= DOMAINS_MAX || g_hash_table_contains(asked, ""))
                return false;
        bool is_known = true;
        const bool has_mail = import->table->has_mail(domain, &is_known);
        g_hash_table_insert(asked, g_strdup(is_known ? domain : ""), GINT_TO_POINTER(is_known && !has_mail));
        return is_known && !has_mail;
}

static void doubt_servers(const Import *import, GHashTable *ids)
{
        g_autoptr(GHashTable) asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; import->table->has_mail != NULL && i < import->newcomers->len; i++) {
                const Newcomer *newcomer = g_ptr_array_index(import->newcomers, i);
                const Person *person = g_hash_table_lookup(ids, &newcomer->person);
                if (person != NULL && takes_no_mail(import, asked, address_domain(person->address)))
                        import_warn(import, newcomer, "no_mail_server", address_domain(person->address),
                                    NULL);
        }
        if (g_hash_table_contains(asked, "")) {
                const Newcomer whole = { .name = (char *)"" };
                import_warn(import, &whole, "dns_silent", NULL, NULL);
        }
}

static void doubt_newcomer(const Import *import, const Newcomer *newcomer, const Person *person,
                           const char *const *domains, GHashTable *names)
{
        doubt_address(import, newcomer, person, domains);
        g_autofree char *key = people_name_key(person->name);
        const Person *first = g_hash_table_lookup(names, key);
        if (first != NULL && first->id != person->id)
                import_warn(import, newcomer, "same_name", person->name, first->address);
}

static GHashTable *index_ids(const GPtrArray *people)
{
        GHashTable *ids = g_hash_table_new(g_int64_hash, g_int64_equal);
        for (guint i = 0; i < people->len; i++) {
                Person *person = g_ptr_array_index(people, i);
                g_hash_table_insert(ids, &person->id, person);
        }
        return ids;
}

bool import_doubts(const Import *import, GError **error)
{
        if (import->newcomers->len == 0)
                return true;
        Store *store = import->house->store;
        g_autoptr(GPtrArray) people = people_all(store, error);
        g_autoptr(GPtrArray) domains = people != NULL ? people_domains(store, MANY, error) : NULL;
        if (domains == NULL)
                return false;
        g_ptr_array_add(domains, NULL);
        g_autoptr(GHashTable) names = index_names(people), ids = index_ids(people);
        for (guint i = 0; i < import->newcomers->len; i++) {
                const Newcomer *newcomer = g_ptr_array_index(import->newcomers, i);
                const Person *person = g_hash_table_lookup(ids, &newcomer->person);
                if (person != NULL)
                        doubt_newcomer(import, newcomer, person, (const char *const *)domains->pdata, names);
        }
        doubt_servers(import, ids);
        return true;
}
