/* doors/curl.h: a handle of libcurl with what every door asks of it. */
#pragma once

#include <curl/curl.h>

/* TLS 1.2 at least, of a chain and a name that hold. ca_file: trusted in place of the system's CAs; NULL:
 * these. No signals. NULL: libcurl does not start. The caller frees with curl_easy_cleanup(). */
CURL *door_curl_new(const char *ca_file);
