/* procedure/person_name.h: the parts of a name, for forms that ask for them apart. A guess that people
 * correct: "Lina HADDAD" and "Haddad, Lina" say which is which; else the first word is the given name, as
 * most people here write it, in either script. */
#pragma once

/* The caller frees; "" when there is none. */
char *person_first_name(const char *name);
char *person_last_name(const char *name);
