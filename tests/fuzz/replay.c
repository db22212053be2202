/* SPDX-License-Identifier: ISC */
/*
 * Stands in for libFuzzer where inputs are only to be replayed: hands every file of
 * tests/fuzz/corpus/TARGET to the target, TARGET being the name of this program, and also
 * the empty input. The sanitizers it is built with judge. One case for the whole corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { INPUT_MAX_BYTES = 1 << 20 };

/* The input has a block of its own size, so that one byte too far is seen. */
static int replay_file(const char *path)
{
	static uint8_t buffer[INPUT_MAX_BYTES];
	FILE *f = fopen(path, "rbe");
	uint8_t *input;
	size_t len;

	if (f == NULL)
		return -errno;
	len = fread(buffer, 1, sizeof(buffer), f);
	fclose(f);
	input = malloc(len > 0 ? len : 1);
	if (input == NULL)
		return -ENOMEM;
	memcpy(input, buffer, len);
	LLVMFuzzerTestOneInput(input, len);
	free(input);
	return 0;
}

static int replay_directory(const char *path)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);
	int replayed = 0;

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		char file[4096];
		int len = snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);

		if (len < (int)sizeof(file) && names[i]->d_type != DT_DIR) {
			fprintf(stderr, "# %s\n", file);
			if (replay_file(file) == 0)
				replayed++;
		}
		free(names[i]);
	}
	free(names);
	return replayed;
}

int main(int argc, char **argv)
{
	const char *target = basename(argv[0]);
	char corpus[4096];
	int replayed;

	snprintf(corpus, sizeof(corpus), "tests/fuzz/corpus/%s", target);
	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	replayed = replay_directory(argc > 1 ? argv[1] : corpus);
	if (replayed < 1) {
		printf("not ok the fuzz target %s has a corpus\n", target);
		return 1;
	}
	printf("ok the fuzz target %s bears its %d inputs\n", target, replayed);
	return 0;
}
