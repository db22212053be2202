/* SPDX-License-Identifier: ISC */
/* A ring of questions under one lock; each becomes its answer in its place. */
#include "node/link/hosts.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "node/base/mem.h"

struct lookup {
	char host[WHERE_HOST_MAX + 1];
	struct resolved answer;
};

/* Entries from taken to answered are answers, from there to asked questions. */
struct hosts {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct lookup ring[HOSTS_QUESTIONS_MAX];
	size_t taken, answered, asked;
	int event;
	bool closed; /* the thread owns it from here */
};

static void hosts_free(struct hosts *r)
{
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	close(r->event);
	mem_free(r);
}

static void address_add(struct resolved *out, const struct addrinfo *a)
{
	uint8_t *to = out->address[out->count];

	memset(to, 0, 16);
	if (a->ai_family == AF_INET6) {
		memcpy(to, &((const struct sockaddr_in6 *)a->ai_addr)->sin6_addr, 16);
	} else {
		to[10] = to[11] = 0xff;
		memcpy(to + 12, &((const struct sockaddr_in *)a->ai_addr)->sin_addr, 4);
	}
	out->count++;
}

static void look_up(const char *host, struct resolved *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *all = NULL;
	int err = getaddrinfo(host, NULL, &hints, &all);

	for (struct addrinfo *a = all; a != NULL && out->count < HOSTS_ADDRESSES_MAX;
		a = a->ai_next)
		if (a->ai_family == AF_INET6 || a->ai_family == AF_INET)
			address_add(out, a);
	if (all != NULL)
		freeaddrinfo(all);
	if (out->count == 0)
		out->trouble = err != 0 ? gai_strerror(err) : "the name has no address";
}

static void *work(void *context)
{
	struct hosts *r = context;
	char host[WHERE_HOST_MAX + 1];

	pthread_mutex_lock(&r->lock);
	while (!r->closed) {
		struct lookup *e = &r->ring[r->answered % HOSTS_QUESTIONS_MAX];
		struct resolved found = { .question = e->answer.question };

		if (r->answered == r->asked) {
			pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		memcpy(host, e->host, sizeof(host));
		pthread_mutex_unlock(&r->lock);
		look_up(host, &found);
		pthread_mutex_lock(&r->lock);
		e->answer = found;
		r->answered++;
		(void)!write(r->event, &(uint64_t){ 1 }, sizeof(uint64_t));
	}
	pthread_mutex_unlock(&r->lock);
	hosts_free(r);
	return NULL;
}

int hosts_open(struct hosts **out)
{
	struct hosts *r = mem_new(sizeof(*r));
	sigset_t all, before;
	pthread_t thread;
	int err;

	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	r->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	err = r->event < 0 ? errno : 0;
	/* signals are the loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (err == 0)
		err = pthread_create(&thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err != 0) {
		hosts_free(r);
		return -err;
	}
	pthread_detach(thread);
	*out = r;
	return 0;
}

void hosts_close(struct hosts *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

int hosts_fd(const struct hosts *r)
{
	return r->event;
}

bool hosts_ask(struct hosts *r, uint32_t question, const char *host)
{
	bool room;

	pthread_mutex_lock(&r->lock);
	room = r->asked - r->taken < HOSTS_QUESTIONS_MAX;
	if (room) {
		struct lookup *e = &r->ring[r->asked++ % HOSTS_QUESTIONS_MAX];

		memcpy(e->host, host, strlen(host) + 1);
		e->answer = (struct resolved){ .question = question };
		pthread_cond_signal(&r->wake);
	}
	pthread_mutex_unlock(&r->lock);
	return room;
}

bool hosts_take(struct hosts *r, struct resolved *out)
{
	uint64_t count;
	bool some;

	pthread_mutex_lock(&r->lock);
	some = r->taken < r->answered;
	if (some)
		*out = r->ring[r->taken++ % HOSTS_QUESTIONS_MAX].answer;
	else
		(void)!read(r->event, &count, sizeof(count));
	pthread_mutex_unlock(&r->lock);
	return some;
}
