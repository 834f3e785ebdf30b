/* tests/store/helper_fixture.h: a database of its own in a folder of its own, for g_test_add(). */
#pragma once

#include "store/store.h"

typedef struct {
        char *folder, *path;
        Store *store;
} Fixture;

void fixture_set_up(Fixture *fixture, gconstpointer unused);
void fixture_tear_down(Fixture *fixture, gconstpointer unused);
