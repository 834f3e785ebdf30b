/* doors/oauth2.h: access tokens for SASL XOAUTH2, through libcurl: client credentials (RFC 6749, 4.4).
 *
 * The application proves itself with its own secret; no person signs in, and nothing is kept on disk. One
 * token is good for about an hour: ask for a new one before each connection.
 */
#pragma once

#include "base/config.h"

#include <glib.h>
#include <stdint.h>

typedef enum {
        OAUTH2_ERROR_TLS,     /* certificate, host name */
        OAUTH2_ERROR_REFUSED, /* wrong id, secret or scope: do not hammer */
        OAUTH2_ERROR_LATER,   /* no connection, 429, 5xx, no sense in the answer */
} OAuth2Error;
#define OAUTH2_ERROR (oauth2_error_quark())
GQuark oauth2_error_quark(void);

typedef struct {
        char *access_token;
        int64_t ends_at_ms; /* of clock_monotonic_ms(); a minute before the server's end */
} OAuth2Token;
void oauth2_token_clear(OAuth2Token *token); /* and wipes it */

/* Asks once, for at most half a minute. Errors begin with the setting that names the place. */
bool oauth2_fetch(const OAuth2Config *oauth2, const char *client_secret, OAuth2Token *token_out,
                  GError **error);
/* False when there is none, or it has ended. */
bool oauth2_is_good(const OAuth2Token *token);
