/* SPDX-License-Identifier: ISC */
/* Between the files behind sync/rights.h: the signature of one certificate. */
#pragma once

#include "sync/rights.h"

/* Whether the issuer that c names signed body, from which c was parsed. */
must_use bool certificate_verify(const struct certificate *c, struct bytes body);
