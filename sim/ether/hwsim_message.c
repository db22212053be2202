/* SPDX-License-Identifier: ISC */
#include "sim/ether/hwsim_message.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

enum {
	MESSAGE_ROOM = 512, /* beside the frame */
	FREQUENCY_UNSAID = 2412,
	/* A receiver is told one of the rates before HT, whatever it was sent at. */
	RATE_TOLD_FOR_MCS = 7,
};

/* As the kernel packs them. */
struct packed_try {
	int8_t index;
	uint8_t count;
};
struct packed_flags {
	int8_t index;
	uint16_t flags;
} __attribute__((packed));

static const struct nla_policy policy[HWSIM_ATTRIBUTE_MAX + 1] = {
	[HWSIM_RECEIVER] = { .minlen = RADIO_ADDRESS_BYTES,
		.maxlen = RADIO_ADDRESS_BYTES },
	[HWSIM_TRANSMITTER] = { .minlen = RADIO_ADDRESS_BYTES,
		.maxlen = RADIO_ADDRESS_BYTES },
	[HWSIM_CONTENT] = { .minlen = 1 },
	[HWSIM_FLAGS] = { .type = NLA_U32 },
	[HWSIM_COOKIE] = { .type = NLA_U64 },
	[HWSIM_FREQUENCY] = { .type = NLA_U32 },
};

static void tries_read(struct radio_frame *f, struct nlattr *tries, struct nlattr *flags)
{
	size_t count = tries ? (size_t)nla_len(tries) / sizeof(struct packed_try) : 0;
	size_t flags_count =
		flags ? (size_t)nla_len(flags) / sizeof(struct packed_flags) : 0;

	for (size_t i = 0; i < RATES_STEPS_MAX; i++) {
		struct packed_try t = { .index = -1 };
		struct packed_flags x = { 0 };

		if (i < count)
			memcpy(&t, (char *)nla_data(tries) + i * sizeof(t), sizeof(t));
		if (i < flags_count)
			memcpy(&x, (char *)nla_data(flags) + i * sizeof(x), sizeof(x));
		f->tries[i] = (struct radio_try){ t.index, t.count, x.flags };
	}
}

static bool frame_read(struct hwsim_message *m, struct nlattr **a)
{
	if (!a[HWSIM_CONTENT] || !a[HWSIM_FLAGS] || !a[HWSIM_COOKIE])
		return false;
	m->frame =
		bytes_of(nla_data(a[HWSIM_CONTENT]), (size_t)nla_len(a[HWSIM_CONTENT]));
	m->told.flags = nla_get_u32(a[HWSIM_FLAGS]);
	m->told.cookie = nla_get_u64(a[HWSIM_COOKIE]);
	m->told.freq_mhz =
		a[HWSIM_FREQUENCY] ? nla_get_u32(a[HWSIM_FREQUENCY]) : FREQUENCY_UNSAID;
	tries_read(&m->told, a[HWSIM_TRIES], a[HWSIM_TRIES_FLAGS]);
	radio_rates(&m->told);
	return true;
}

bool hwsim_message_parse(struct hwsim_message *m, struct nlmsghdr *h)
{
	struct nlattr *a[HWSIM_ATTRIBUTE_MAX + 1];

	*m = (struct hwsim_message){ 0 };
	if (!genlmsg_valid_hdr(h, 0) ||
		genlmsg_parse(h, 0, a, HWSIM_ATTRIBUTE_MAX, policy) < 0)
		return false;
	m->command = ((struct genlmsghdr *)nlmsg_data(h))->cmd;
	if (m->command != HWSIM_FRAME && m->command != HWSIM_ADDRESS_ADD &&
		m->command != HWSIM_ADDRESS_REMOVE)
		return true;
	if (!a[HWSIM_TRANSMITTER])
		return false;
	memcpy(m->radio, nla_data(a[HWSIM_TRANSMITTER]), sizeof(m->radio));
	if (m->command == HWSIM_FRAME)
		return frame_read(m, a);
	if (!a[HWSIM_RECEIVER])
		return false;
	memcpy(m->address, nla_data(a[HWSIM_RECEIVER]), sizeof(m->address));
	return true;
}

static struct nl_msg *message_new(int family, enum hwsim_command command, size_t len)
{
	struct nl_msg *m = nlmsg_alloc_size(MESSAGE_ROOM + len);

	check(m != NULL);
	check(genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, (uint8_t)command,
		HWSIM_VERSION));
	return m;
}

static void put(struct nl_msg *m, enum hwsim_attribute type, const void *data, size_t len)
{
	check(nla_put(m, (int)type, (int)len, data) == 0);
}

static void put_u32(struct nl_msg *m, enum hwsim_attribute type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

struct nl_msg *hwsim_register_new(int family)
{
	return message_new(family, HWSIM_REGISTER, 0);
}

struct nl_msg *hwsim_delivery_new(int family, const uint8_t receiver[RADIO_ADDRESS_BYTES],
	struct bytes frame, const struct radio_frame *told, uint32_t tries,
	uint32_t signal_db)
{
	struct nl_msg *m = message_new(family, HWSIM_FRAME, frame.len);
	const struct radio_try *t = &told->tries[rates_place(&told->rates, tries)];
	bool mcs = t->flags & (RADIO_RATE_MCS | RADIO_RATE_VHT);

	put(m, HWSIM_RECEIVER, receiver, RADIO_ADDRESS_BYTES);
	put(m, HWSIM_CONTENT, frame.data, frame.len);
	put_u32(m, HWSIM_RATE,
		mcs             ? RATE_TOLD_FOR_MCS
		: t->index >= 0 ? (uint32_t)t->index
				: 0);
	put_u32(m, HWSIM_FREQUENCY, told->freq_mhz);
	put_u32(m, HWSIM_SIGNAL, -signal_db);
	return m;
}

struct nl_msg *hwsim_status_new(int family, const uint8_t radio[RADIO_ADDRESS_BYTES],
	const struct radio_frame *told, uint32_t tries, bool acked, uint32_t signal_db)
{
	struct nl_msg *m = message_new(family, HWSIM_STATUS, 0);
	struct packed_try packed[RATES_STEPS_MAX];
	struct radio_try made[RATES_STEPS_MAX];

	radio_tries_made(told, tries, made);
	for (unsigned i = 0; i < RATES_STEPS_MAX; i++)
		packed[i] = (struct packed_try){ made[i].index, made[i].count };
	put(m, HWSIM_TRANSMITTER, radio, RADIO_ADDRESS_BYTES);
	put_u32(m, HWSIM_FLAGS, acked ? told->flags | RADIO_ACKED : told->flags);
	put_u32(m, HWSIM_SIGNAL, -signal_db);
	put(m, HWSIM_TRIES, packed, sizeof(packed));
	put(m, HWSIM_COOKIE, &told->cookie, sizeof(told->cookie));
	return m;
}
