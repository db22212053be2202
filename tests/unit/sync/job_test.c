/* SPDX-License-Identifier: ISC */
#include "sync/store.h"

#include "tests/unit/sync/samples.h"

TEST(job_owns_and_frees_all_that_it_points_to)
{
	struct job *j = job_new(JOB_RECORDS);

	EXPECT_EQ(j->kind, JOB_RECORDS, "it is of the kind asked for");
	EXPECT(j->path == NULL && j->record_count == 0 && j->result == 0,
		"it begins empty");
	j->path = mem_string("/somewhere");
	j->record_count = 2;
	j->records = mem_array(2, sizeof(*j->records));
	j->records[0].value = mem_copy("secret", 6);
	j->records[0].value_len = 6;
	j->adopts = mem_array(1, sizeof(*j->adopts));
	j->scan_items = mem_array(1, sizeof(*j->scan_items));
	j->error_count = 1;
	j->errors = mem_array(1, sizeof(*j->errors));
	j->errors[0].path = mem_string("a");
	j->errors[0].reason = mem_string("b");
	j->data = mem_new(10);
	j->check_ids = mem_array(1, sizeof(*j->check_ids));
	j->check_here = mem_array(1, sizeof(*j->check_here));
	j->apply_items = mem_array(1, sizeof(*j->apply_items));
	job_free(j);
	job_free(NULL);
}
