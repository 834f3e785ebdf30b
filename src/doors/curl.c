#include "doors/curl.h"

#include <glib.h>

static void start_curl(void)
{
        static gsize once = 0;
        if (g_once_init_enter(&once)) {
                curl_global_init(CURL_GLOBAL_DEFAULT);
                g_once_init_leave(&once, 1);
        }
}

CURL *door_curl_new(const char *ca_file)
{
        start_curl();
        CURL *easy = curl_easy_init();
        if (easy == NULL)
                return NULL;
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
        if (ca_file != NULL) { /* libcurl would add the system's */
                curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
                curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        }
        return easy;
}
