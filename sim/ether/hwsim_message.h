/* SPDX-License-Identifier: ISC */
/*
 * The messages of the generic netlink family MAC80211_HWSIM, as far as a medium needs them
 * (drivers/net/wireless/mac80211_hwsim.h of the kernel). Radios are named by their hardware
 * addresses, which are not those of their interfaces.
 */
#pragma once

#include <netlink/msg.h>

#include "node/base/bytes.h"
#include "sim/ether/radio.h"

#define HWSIM_FAMILY "MAC80211_HWSIM"

enum { HWSIM_VERSION = 1 };

enum hwsim_command {
	HWSIM_REGISTER = 1,
	HWSIM_FRAME = 2,
	HWSIM_STATUS = 3,
	HWSIM_ADDRESS_ADD = 7,
	HWSIM_ADDRESS_REMOVE = 8,
};

enum hwsim_attribute {
	HWSIM_RECEIVER = 1,
	HWSIM_TRANSMITTER = 2,
	HWSIM_CONTENT = 3,
	HWSIM_FLAGS = 4,
	HWSIM_RATE = 5,
	HWSIM_SIGNAL = 6,
	HWSIM_TRIES = 7,
	HWSIM_COOKIE = 8,
	HWSIM_FREQUENCY = 19,
	HWSIM_TRIES_FLAGS = 21,
	HWSIM_ATTRIBUTE_MAX = 21,
};

struct hwsim_message {
	enum hwsim_command command;
	uint8_t radio[RADIO_ADDRESS_BYTES];
	uint8_t address[RADIO_ADDRESS_BYTES]; /* of an interface: added, removed */
	struct bytes frame;                   /* borrowed from the message */
	struct radio_frame told;
};

/* False: it lacks something, or has it in a wrong length. A command that a medium has no use
 * for is read with nothing but its number. */
must_use bool hwsim_message_parse(struct hwsim_message *m, struct nlmsghdr *h);

/* Messages to the kernel; the caller frees them. */
struct nl_msg *hwsim_register_new(int family);
/* To one receiver; signal_db is below 1 mW. */
struct nl_msg *hwsim_delivery_new(int family, const uint8_t receiver[RADIO_ADDRESS_BYTES],
	struct bytes frame, const struct radio_frame *told, uint32_t tries,
	uint32_t signal_db);
/* What became of a frame after so many tries; the signal is the acknowledgement's. */
struct nl_msg *hwsim_status_new(int family, const uint8_t radio[RADIO_ADDRESS_BYTES],
	const struct radio_frame *told, uint32_t tries, bool acked, uint32_t signal_db);
