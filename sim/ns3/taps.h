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
	ns3::Ptr<ns3::FdReader> reader;
	bool floods =
		false; /* HWMP takes any group but all for a station that it looks for */
	int fd = -1;
};

/* Opens the TAP device `name`, or makes it if it is not there; it goes with the program.
 * t must stay where it is. 0 or a negative errno. */
int tap_open(tap *t, const char *name, ns3::Ptr<ns3::NetDevice> device);
/* Before the simulator is destroyed. */
void tap_close(tap *t);
