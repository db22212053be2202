/* SPDX-License-Identifier: ISC */
/*
 * What a crash may leave: versions renamed into place that the index does not know, old
 * versions taken out and not yet removed, temporaries. An intent stands in the index for
 * each from before the first rename until the index knows the result.
 */
#pragma once

#include "sync/disk/folder.h"

/* In an intent: change GONE says that the file is to be deleted, `again` that its content
 * comes from the temporary whose inode `seen` names. */

/* Settles all intents of a folder and empties its temporaries. Inside a transaction. */
must_use int recover(struct folder *f);

/* `want` now lies in the tree and looks like `seen`: row and places say so. fresh: its
 * content came with it. */
must_use int accept_row(
	struct folder *f, const struct row *want, const struct stamp *seen, bool fresh);

/* The temporary of `file` holds something that a person wrote and that fits nowhere:
 * keeps it under a name that is never removed, and says so. */
must_use int save_aside(struct folder *f, const char *temp);
