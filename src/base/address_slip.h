/* base/address_slip.h: an address whose domain looks like a slip of one that many people use: gmial.com.
 *
 * Looks at letters alone; whether a server takes mail there is DNS's to say. What it finds is asked about and
 * never refused: the domain may be a real one.
 */
#pragma once

/* The domain that was probably meant, borrowed from known or static; NULL: nothing looks wrong. known:
 * domains that many use here, in lower case, NULL-terminated; NULL: none beside the large providers. */
const char *address_slip(const char *address, const char *const *known);
