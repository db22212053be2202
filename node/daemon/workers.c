/* SPDX-License-Identifier: ISC */
/* Two lists under one lock: what is to do and what is done. */
#include "node/daemon/workers.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sync/disk/disk.h"

struct work {
	struct work *next;
	struct job *job; /* owned */
};

struct work_list {
	struct work *head, *tail;
};

struct workers {
	struct disk *disk; /* owned; used by the thread alone */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct work_list todo, done;
	bool stop;
	int event;
};

static void list_add(struct work_list *l, struct work *w)
{
	w->next = NULL;
	if (l->tail != NULL)
		l->tail->next = w;
	else
		l->head = w;
	l->tail = w;
}

static struct work *list_take(struct work_list *l)
{
	struct work *w = l->head;

	if (w == NULL)
		return NULL;
	l->head = w->next;
	if (l->head == NULL)
		l->tail = NULL;
	return w;
}

/* Reading for others may overtake: a fetch need not wait for a scan that was queued before. */
static struct work *next_work(struct workers *w)
{
	struct work *before = NULL, *found = w->todo.head;

	while (found != NULL && found->job->kind != JOB_OBJECT_GET) {
		before = found;
		found = found->next;
	}
	if (found == NULL || before == NULL)
		return list_take(&w->todo);
	before->next = found->next;
	if (w->todo.tail == found)
		w->todo.tail = before;
	return found;
}

static struct work *wait_for_work(struct workers *w)
{
	struct work *next;

	pthread_mutex_lock(&w->lock);
	if (w->todo.head == NULL && !w->stop) {
		pthread_mutex_unlock(&w->lock);
		disk_idle(w->disk);
		pthread_mutex_lock(&w->lock);
	}
	while (w->todo.head == NULL && !w->stop)
		pthread_cond_wait(&w->wake, &w->lock);
	next = w->stop ? NULL : next_work(w);
	pthread_mutex_unlock(&w->lock);
	return next;
}

static void *work(void *context)
{
	struct workers *w = context;
	struct work *next;

	while ((next = wait_for_work(w)) != NULL) {
		uint64_t one = 1;

		disk_run(w->disk, next->job);
		pthread_mutex_lock(&w->lock);
		list_add(&w->done, next);
		pthread_mutex_unlock(&w->lock);
		(void)!write(w->event, &one, sizeof(one));
	}
	return NULL;
}

int workers_start(struct workers **out, const char *state_dir, const struct log *log)
{
	struct workers *w = mem_new(sizeof(*w));
	char real[PATH_MAX];
	sigset_t all, old;
	int err;

	/* SQLite takes no path that leads over a symbolic link, as /var/lib/NAME is one where the
	 * service manager has made the user */
	err = realpath(state_dir, real) == NULL ? -errno : disk_open(&w->disk, real, log);
	if (err < 0) {
		mem_free(w);
		return err;
	}
	w->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	check(w->event >= 0);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err < 0) {
		disk_close(w->disk);
		close(w->event);
		mem_free(w);
		return err;
	}
	*out = w;
	return 0;
}

static void list_free(struct work_list *l)
{
	struct work *w;

	while ((w = list_take(l)) != NULL) {
		job_free(w->job);
		mem_free(w);
	}
}

bool workers_stop(struct workers *w, unsigned wait_ms)
{
	struct timespec until;

	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	if (pthread_timedjoin_np(w->thread, NULL, &until) != 0)
		return false;
	list_free(&w->todo);
	list_free(&w->done);
	disk_close(w->disk);
	close(w->event);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	mem_free(w);
	return true;
}

int workers_fd(const struct workers *w)
{
	return w->event;
}

void workers_submit(struct workers *w, struct job *take)
{
	struct work *item = mem_new(sizeof(*item));

	item->job = take;
	pthread_mutex_lock(&w->lock);
	list_add(&w->todo, item);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

struct job *workers_take(struct workers *w)
{
	struct work *item;
	struct job *job;
	uint64_t count;

	(void)!read(w->event, &count, sizeof(count));
	pthread_mutex_lock(&w->lock);
	item = list_take(&w->done);
	pthread_mutex_unlock(&w->lock);
	if (item == NULL)
		return NULL;
	job = item->job;
	mem_free(item);
	return job;
}
