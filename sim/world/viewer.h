/* SPDX-License-Identifier: ISC */
/* The files of the viewer, as they were when the program was built. */
#pragma once

#include "node/base/bytes.h"

/* viewer.html: the page's head and body, left open. */
struct bytes viewer_html(void);
/* viewer.js, viewer_draw.js and viewer_hands.js: its script. */
struct bytes viewer_js(void);
