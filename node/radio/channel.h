/* SPDX-License-Identifier: ISC */
/* Where channels lie, by IEEE 802.11 annex E. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/base/check.h"

/* The middle of the channel of 20, 40 or 80 MHz of which mhz is the primary channel; 0: there is
 * none. */
must_use uint16_t radio_center(uint16_t mhz, unsigned width_mhz);
/* Whether one can be joined; with a key it is wpa_supplicant who does, in 5 GHz and above. */
must_use bool radio_width_is_there(uint16_t mhz, unsigned width_mhz, bool key);
