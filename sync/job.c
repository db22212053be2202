/* SPDX-License-Identifier: ISC */
/* Jobs are values: whoever holds one owns what it points to. */
#include "sync/store.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"

struct job *job_new(enum job_kind kind)
{
	struct job *j = mem_new(sizeof(*j));

	j->kind = kind;
	return j;
}

/* Records of folders hold keys and seeds. */
static void records_free(struct job *j)
{
	for (size_t i = 0; i < j->record_count; i++) {
		struct record *r = &j->records[i];

		if (r->value != NULL)
			wipe(r->value, r->value_len);
		mem_free(r->value);
	}
	mem_free(j->records);
}

static void errors_free(struct job *j)
{
	for (size_t i = 0; i < j->error_count; i++) {
		mem_free(j->errors[i].path);
		mem_free(j->errors[i].reason);
	}
	mem_free(j->errors);
}

void job_free(struct job *j)
{
	if (j == NULL)
		return;
	records_free(j);
	errors_free(j);
	mem_free(j->path);
	mem_free(j->adopts);
	mem_free(j->standing);
	mem_free(j->scan_items);
	mem_free(j->data);
	mem_free(j->check_ids);
	mem_free(j->check_here);
	mem_free(j->apply_items);
	wipe(j, sizeof(*j));
	mem_free(j);
}
