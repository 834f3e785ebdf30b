/* base/sanitizer.h: is this build watched by AddressSanitizer? Its shadow takes more memory and calls than a
 * wall or a measure allows. */
#pragma once

#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif
