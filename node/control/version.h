/* SPDX-License-Identifier: ISC */
/* What programs answer to --version, and nodes in their status. */
#pragma once

#define QANAT_VERSION "0.1.0"
