/* SPDX-License-Identifier: ISC */
/* NetworkManager, which sets up Wi-Fi on most laptops: asked by nmcli to leave an interface alone. */
#pragma once

#include "node/base/check.h"

/* Whether it manages the interface now; false too if it is not there or does not answer. */
must_use bool manager_has(const char *interface);
/* Has it leave the interface alone, or manage it again; takes 2 s at most. False: it did not hear
 * of that. */
must_use bool manager_set(const char *interface, bool managed);
