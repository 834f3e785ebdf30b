/* mail/signature.h: what stands around the words of a person in the lines that are not quoted: the signature,
 * the sign-off with its name, "sent from my phone", notices of servers, the banner for mail from outside.
 *
 * The words are the groups signature, sent_from, sign_off, notice and external_banner of rules/reading/;
 * names are known from the sender. What is not clearly one of these stays.
 */
#pragma once

#include "mail/patterns.h"
#include "mail/reply_line.h"

typedef struct {
        const PatternGroup *signature, *sent_from, *sign_off, *notice, *external_banner;
        GPtrArray *names; /* of char *: the words of the sender's name, folded */
        GPtrArray *why;   /* NULL: not wanted */
} SignatureReader;

/* from_name: "" when unknown, then the address's local part is taken. */
SignatureReader signature_reader_init(const Patterns *patterns, const char *from_name,
                                      const char *from_address, GPtrArray *why);
void signature_reader_clear(SignatureReader *reader);

/* Marks the written lines from `first` to before `end`, between two quotations or the ends of the text. */
void signature_mark(const SignatureReader *reader, ReplyLines *lines, guint first, guint end);
