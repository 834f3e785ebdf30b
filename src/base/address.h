/* base/address.h: e-mail addresses as identities.
 *
 * addr-spec of RFC 5322 as met in practice; no display names here. Two addresses are the same person's when
 * their keys are equal: case folded, domain to A-labels (IDNA 2008), +tag off, gmail's dots kept but
 * googlemail.com said gmail.com.
 */
#pragma once

#include <stdbool.h>

/* A form safe to put after RCPT TO: one @, no control, blank or angle bracket, local part ≤ 64 octets, domain
 * a valid host name once in A-labels. Gives the address with the domain in lower-case A-labels, or NULL. */
char *address_normalise(const char *text);
/* The identity key of an address; NULL when it is not one. */
char *address_key(const char *text);
bool address_equal(const char *a, const char *b); /* by key; false when either is no address */
const char *address_domain(const char *address);  /* after the @; borrowed; NULL when there is none */
/* example.org for a@mail.example.org: the registrable part by the last two labels, or three under a known
 * second-level suffix (co.uk, gov.dz, ac.ma, …). Both in the same organisation? Public mail providers are
 * no organisation: the caller asks a person anyway. */
bool address_same_organisation(const char *a, const char *b);
