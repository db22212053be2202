/* SPDX-License-Identifier: ISC */
#include "tests/bench/routing/tables.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/control/reply.h"
#include "node/control/request.h"

static unsigned number_of(const struct mesh *m, const struct in6_addr *a, unsigned prefix)
{
	unsigned first = (unsigned)a->s6_addr[0] << 8 | a->s6_addr[1];
	unsigned last = (unsigned)a->s6_addr[14] << 8 | a->s6_addr[15];

	return first == prefix && last >= 1 && last <= m->count ? last - 1 : MESH_NONE;
}

static void kernel_route(struct mesh *m, unsigned node, struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);
	unsigned len = RTM_PAYLOAD(h), to = MESH_NONE, via = MESH_NONE;

	if (h->nlmsg_type != RTM_NEWROUTE || r->rtm_type != RTN_UNICAST ||
		r->rtm_dst_len != 128)
		return;
	for (struct rtattr *a = RTM_RTA(r); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == RTA_DST)
			to = number_of(m, RTA_DATA(a), 0xfd99);
		else if (a->rta_type == RTA_GATEWAY)
			via = number_of(m, RTA_DATA(a), 0xfe80);
	}
	if (to != MESH_NONE && via != MESH_NONE && m->next[node][to] == MESH_NONE)
		m->next[node][to] = (uint8_t)via;
}

static void kernel_read(struct mesh *m, unsigned node)
{
	static char answer[1 << 16];
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
	} ask = {
		.header = { .nlmsg_len = sizeof(ask),
			.nlmsg_type = RTM_GETROUTE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.route = { .rtm_family = AF_INET6, .rtm_table = RT_TABLE_MAIN },
	};

	if (send(m->netlink[node], &ask, sizeof(ask), 0) < 0)
		mesh_fail("netlink");
	for (;;) {
		ssize_t got = recv(m->netlink[node], answer, sizeof(answer), 0);
		unsigned len = (unsigned)got;

		if (got <= 0)
			mesh_fail("netlink");
		for (struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, len);
			h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return;
			kernel_route(m, node, h);
		}
	}
}

/* The JSON that a daemon answers, closed by a zero, or NULL when it does not answer. */
static const char *daemon_ask(
	const struct mesh *m, unsigned node, enum command command, struct buffer *b)
{
	char dir[256];
	uint8_t bytes[256], more[65536];
	struct writer w = writer_of(bytes, sizeof(bytes));
	struct request request;
	struct reply r;
	size_t size;
	int fd;

	snprintf(dir, sizeof(dir), "%s/%s/state", m->dir, m->names[node]);
	fd = mesh_connect(dir, "control.sock");
	if (fd < 0)
		return NULL;
	request_init(&request, command);
	request_write(&w, &request);
	if (send(fd, w.at, w.len, MSG_NOSIGNAL) == (ssize_t)w.len)
		for (ssize_t got; (got = recv(fd, more, sizeof(more), 0)) > 0;)
			buffer_add(b, bytes_of(more, (size_t)got));
	close(fd);
	if (reply_parse(&r, buffer_bytes(b), &size) != REPLY_WHOLE ||
		r.kind != REPLY_ANSWER)
		return NULL;
	b->data[size - 1] = 0; /* the closing brace */
	return (const char *)r.body.data;
}

/* Copies the text that follows key in at, up to its quote; what follows, or NULL. */
static const char *text_after(const char *at, const char *key, char *out, size_t room)
{
	size_t len;

	at = at != NULL ? strstr(at, key) : NULL;
	if (at == NULL)
		return NULL;
	at += strlen(key);
	len = strcspn(at, "\"");
	if (len >= room)
		return NULL;
	memcpy(out, at, len);
	out[len] = 0;
	return at + len;
}

static unsigned node_by_id(const struct mesh *m, const char *id)
{
	for (unsigned i = 0; i < m->count; i++)
		if (strcmp(m->ids[i], id) == 0)
			return i;
	return MESH_NONE;
}

static void daemon_learn(struct mesh *m, unsigned node)
{
	struct buffer b;
	const char *at;

	buffer_init(&b, REPLY_BUFFER_MAX);
	at = daemon_ask(m, node, COMMAND_STATUS, &b);
	at = text_after(at, "\"id\":\"", m->ids[node], sizeof(m->ids[0]));
	text_after(at, "\"address\":\"", m->addresses[node], sizeof(m->addresses[0]));
	buffer_fini(&b);
}

static void daemon_read(struct mesh *m, unsigned node)
{
	char id[MESH_ID_CHARS + 1];
	struct buffer b;
	const char *at;

	for (unsigned i = 0; i < m->count; i++)
		if (m->ids[i][0] == 0)
			daemon_learn(m, i);
	buffer_init(&b, REPLY_BUFFER_MAX);
	at = daemon_ask(m, node, COMMAND_ROUTES, &b);
	while ((at = text_after(at, "\"id\":\"", id, sizeof(id))) != NULL) {
		unsigned to = node_by_id(m, id), via;

		at = text_after(at, "\"next_hop\":{\"id\":\"", id, sizeof(id));
		via = at != NULL ? node_by_id(m, id) : MESH_NONE;
		if (to != MESH_NONE)
			m->next[node][to] = (uint8_t)via;
	}
	buffer_fini(&b);
}

void tables_read(struct mesh *m, unsigned node)
{
	memset(m->next[node], MESH_NONE, sizeof(m->next[node]));
	m->read_us[node] = mesh_now_us();
	if (m->kernel)
		kernel_read(m, node);
	else
		daemon_read(m, node);
}

void tables_read_all(struct mesh *m)
{
	for (unsigned i = 0; i < m->count; i++)
		tables_read(m, i);
}
