/* procedure/person.h: someone who plays a role in a case. A person is never overwritten: who acted stays
 * true. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
        int64_t id;
        char *name;
        char *address;
        char *language;  /* fr, en, ar */
        char *timezone;  /* "Africa/Casablanca" */
        char *country;   /* profile: working days */
        bool is_failing; /* its address bounced for good: nothing more is sent there */
} Person;

void person_free(Person *person);
