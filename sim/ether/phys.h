/* SPDX-License-Identifier: ISC */
/* Radios as people call them, and the hardware addresses by which the kernel speaks of
 * them. A radio that was moved into a namespace has no phyN here, only its address. */
#pragma once

#include <stdint.h>

#include "node/base/check.h"

/* The radio called phyN, or of an interface with this address. 0 or a negative errno:
 * -ENODEV when it is not there, -ENOTSUP when it is not mac80211_hwsim's. */
must_use int phy_address(const char *word, uint8_t out[6]);

/* Number `place` of the simulated radios that are here, in the order in which they were
 * made; false: there are no more. */
must_use bool phy_nth(unsigned place, uint8_t out[6]);
