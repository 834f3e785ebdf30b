#include "mail/zip_directory.h"

#include <glib.h>
#include <string.h>

enum {
        END_SIZE = 22,
        ENTRY_SIZE = 46,
        LOCAL_SIZE = 30,
        COMMENT_MAX = 65535,
        FLAG_ENCRYPTED = 1,
};

static guint32 little16(const unsigned char *p)
{
        return (guint32)p[0] | (guint32)p[1] << 8;
}

static guint32 little32(const unsigned char *p)
{
        return little16(p) | little16(p + 2) << 16;
}

/* The end record: searched backwards, since a comment may follow it. */
static const unsigned char *find_end(const unsigned char *bytes, size_t size)
{
        if (size < END_SIZE)
                return NULL;
        size_t least = size > END_SIZE + COMMENT_MAX ? size - END_SIZE - COMMENT_MAX : 0;
        for (size_t i = size - END_SIZE + 1; i-- > least;)
                if (memcmp(bytes + i, "PK\5\6", 4) == 0)
                        return bytes + i;
        return NULL;
}

static const struct {
        const char *entry;
        const char *type;
} office_types[] = {
        { "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { "ppt/presentation.xml",
          "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
};

static const char *const stored_types[] = { "application/vnd.oasis.opendocument.text",
                                            "application/vnd.oasis.opendocument.spreadsheet",
                                            "application/vnd.oasis.opendocument.presentation",
                                            "application/epub+zip" };

/* OpenDocument and EPUB begin with an entry `mimetype` that is stored as it is. */
static const char *stored_type(const unsigned char *bytes, size_t size)
{
        static const char name[] = "mimetype";
        size_t name_length = sizeof name - 1;
        if (size < LOCAL_SIZE + name_length || little16(bytes + 8) != 0 ||
            little16(bytes + 26) != name_length || memcmp(bytes + LOCAL_SIZE, name, name_length) != 0)
                return NULL;
        size_t at = LOCAL_SIZE + name_length + little16(bytes + 28), length = little32(bytes + 18);
        if (at > size || length > size - at)
                return NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(stored_types); i++)
                if (strlen(stored_types[i]) == length && memcmp(bytes + at, stored_types[i], length) == 0)
                        return stored_types[i];
        return NULL;
}

typedef struct {
        const char *office; /* the type that a part of Office names */
        bool has_content_types;
        guint64 deflated, inflated;
} Contents;

static bool name_is(const char *name, size_t length, const char *wanted)
{
        return strlen(wanted) == length && g_ascii_strncasecmp(name, wanted, length) == 0;
}

static void read_entry(const unsigned char *entry, size_t name_length, ZipDirectory *directory,
                       Contents *contents)
{
        static const char macros[] = "vbaProject.bin";
        const char *name = (const char *)entry + ENTRY_SIZE;
        size_t macros_length = sizeof macros - 1;
        directory->is_encrypted |= (little16(entry + 8) & FLAG_ENCRYPTED) != 0;
        directory->has_macros |= name_length >= macros_length &&
                                 name_is(name + name_length - macros_length, macros_length, macros);
        contents->has_content_types |= name_is(name, name_length, "[Content_Types].xml");
        contents->deflated += little32(entry + 20);
        contents->inflated += little32(entry + 24);
        for (size_t i = 0; i < G_N_ELEMENTS(office_types); i++)
                if (name_is(name, name_length, office_types[i].entry))
                        contents->office = office_types[i].type;
}

ZipDirectory zip_directory_read(const unsigned char *head, size_t head_size, const unsigned char *tail,
                                size_t tail_size, size_t offset)
{
        ZipDirectory directory = { 0 };
        const unsigned char *end = find_end(tail, tail_size);
        if (end == NULL)
                return directory;
        size_t entries = little16(end + 10), begin = little32(end + 16), stop = (size_t)(end - tail);
        if (entries > ZIP_MAX_ENTRIES || begin < offset || begin - offset > stop)
                return directory;
        size_t at = begin - offset;
        Contents contents = { 0 };
        for (size_t i = 0; i < entries; i++) {
                const unsigned char *entry = tail + at;
                if (stop - at < ENTRY_SIZE || memcmp(entry, "PK\1\2", 4) != 0)
                        return directory;
                size_t name_length = little16(entry + 28);
                size_t length = ENTRY_SIZE + name_length + little16(entry + 30) + little16(entry + 32);
                if (length > stop - at)
                        return directory;
                read_entry(entry, name_length, &directory, &contents);
                at += length;
        }
        directory.is_sound = contents.inflated <= ZIP_MAX_INFLATED_BYTES &&
                             contents.inflated <= ZIP_MAX_RATIO * MAX(contents.deflated, 1);
        directory.type = contents.has_content_types ? contents.office : stored_type(head, head_size);
        return directory;
}
