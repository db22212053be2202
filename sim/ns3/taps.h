/* SPDX-License-Identifier: ISC */
/*
 * TAP devices in front of ns-3's radios: what a node sends comes out of its radio, what its
 * radio receives comes to the node. As TapBridge of ns-3 does it in its mode UseLocal, but
 * a device that is down loses frames here, and does not end the program.
 */
#pragma once

#include <ns3/fd-reader.h>
#include <ns3/net-device.h>

struct tap {
	ns3::Ptr<ns3::NetDevice> device;
	ns3::Ptr<ns3::FdReader> reader; /* null: nothing is read */
	bool floods =
		false; /* HWMP takes any group but all for a station that it looks for */
	int fd = -1;
	uint32_t node = 0; /* ns-3's counts of references are for one thread only */
};

/* Opens the TAP device `name`, or makes it if it is not there; it goes with the program.
 * Nothing is read yet. t must stay where it is. 0 or a negative errno. */
int tap_open(tap *t, const char *name, ns3::Ptr<ns3::NetDevice> device);
/* Begins to read, or stops: then the device keeps what its node sends. */
void tap_read(tap *t, bool on);
/* Before the simulator is destroyed. */
void tap_close(tap *t);
