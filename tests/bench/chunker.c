/* SPDX-License-Identifier: ISC */
/* Prints how fast random and text-like data are cut, and cut, compressed and sealed. */
#include <stdio.h>
#include <time.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "sync/content.h"

enum { DATA_SIZE = 256 << 20, INGEST_SIZE = 64 << 20, PIECE = 1 << 20 };

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bench_cut(const struct chunker *c, const uint8_t *data)
{
	double begun = cpu_seconds(), s;
	size_t at = 0, count = 0;

	while (at < DATA_SIZE) {
		at += chunker_cut(c, bytes_of(data + at, DATA_SIZE - at), true);
		count++;
	}
	s = cpu_seconds() - begun;
	printf("cut: %.2f GB/s, mean %zu bytes\n", DATA_SIZE / s / 1e9,
		DATA_SIZE / count);
}

static void bench_hash(const uint8_t *data)
{
	double begun = cpu_seconds();

	(void)hash_tagged("bench", bytes_of(data, INGEST_SIZE));
	printf("blake2b alone: %.3f GB/s\n", INGEST_SIZE / (cpu_seconds() - begun) / 1e9);
}

static void bench_ingest(const struct chunker *c, const uint8_t *data, const char *what)
{
	struct zone_key key = { .epoch = 1 };
	struct ingest *g = ingest_new(&key, c);
	double begun = cpu_seconds();
	size_t objects = 0, bytes = 0;
	struct ingest_object o;

	for (size_t at = 0; at <= INGEST_SIZE; at += PIECE) {
		if (at == INGEST_SIZE)
			ingest_end(g);
		else
			ingest_data(g, bytes_of(data + at, PIECE));
		while (ingest_take(g, &o)) {
			objects++;
			bytes += o.sealed.len;
		}
	}
	printf("ingest of %s: %.3f GB/s, %zu objects, %.3f of the size\n", what,
		INGEST_SIZE / (cpu_seconds() - begun) / 1e9, objects,
		(double)bytes / INGEST_SIZE);
	ingest_free(g);
}

int main(void)
{
	uint8_t *data = mem_new(DATA_SIZE);
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, 1);
	uint8_t key[32] = { 1 };
	struct chunker c;

	if (crypto_start() != 0)
		return 1;
	chunker_init(&c, key);
	rng_fill(&rng, data, DATA_SIZE);
	bench_cut(&c, data);
	bench_hash(data);
	bench_ingest(&c, data, "noise");
	for (size_t i = 0; i < INGEST_SIZE; i++)
		data[i] = (uint8_t)(' ' + data[i] % 24);
	bench_ingest(&c, data, "text");
	mem_free(data);
	return 0;
}
