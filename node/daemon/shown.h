/* SPDX-License-Identifier: ISC */
/* The node's state turned into the values that node/control writes as JSON. */
#pragma once

#include "node/control/folders.h"
#include "node/control/status.h"
#include "node/daemon/daemon.h"

void shown_status(struct daemon *d, struct instant now, struct buffer *out);
void shown_interfaces(struct daemon *d, const char *command, struct buffer *out);
void shown_neighbours(struct daemon *d, struct instant now, struct buffer *out);
/* node NULL: of all; why: also which ways there are. False: node is not reachable. */
bool shown_routes(struct daemon *d, struct instant now, const struct address *node,
	bool why, struct buffer *out);
void shown_map(struct daemon *d, struct buffer *out);
void shown_folders(struct daemon *d, struct instant now, struct buffer *out);
void shown_members(struct daemon *d, struct instant now, const struct hash *folder,
	struct buffer *out);
/* folder NULL: of all folders. */
void shown_conflicts(struct daemon *d, struct instant now, const struct hash *folder,
	struct buffer *out);
void shown_metrics(struct daemon *d, struct instant now, struct buffer *out);
/* Fills name and path of a folder; false: no such folder. The texts live until the folder is
 * left, or the next call. */
bool shown_folder_name(struct daemon *d, struct instant now, const struct hash *folder,
	struct shown_folder_name *out);
/* The id behind an address, and its pinned or announced name, closed by a zero; texts live in
 * *name until the next call. */
void shown_node(struct daemon *d, const struct address *node, struct node_id *id,
	struct bytes *name);
/* All links, owned by the caller; names are borrowed from them. */
struct node_link *shown_links(struct daemon *d, struct instant now, size_t *count);
struct bytes shown_interface_name(struct daemon *d, uint32_t number);
/* Zeros where the carrier has no such address. */
struct address shown_link_local(const struct node_link *l);
enum shown_folder_state shown_state(enum folder_state state);
