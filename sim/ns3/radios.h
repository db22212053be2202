/* SPDX-License-Identifier: ISC */
/*
 * The radios of ns-3: 802.11a stations, ad hoc or mesh points of 802.11s, on one channel
 * whose reach and luck are those of the scenario. Node i has the address
 * 02:00:00:00:HH:LL with its number in the last two bytes.
 */
#pragma once

#include <string>
#include <vector>

#include <ns3/node-container.h>
#include <ns3/net-device.h>

#include "sim/ns3/air.h"

enum radio_mac { RADIO_ADHOC, RADIO_MESH };

/* What one radio did, under the names of qanat-ether. */
struct radio_counters {
	uint64_t frames;     /* frames whose first try went on the air */
	uint64_t bytes;      /* their lengths with the MAC's header, once a frame */
	uint64_t tries;      /* of data */
	uint64_t retries;    /* tries after the first */
	uint64_t airtime_us; /* all that it sent: acknowledgements and beacons as well */
	uint64_t rx_frames;  /* good receptions that were meant for it */
	uint64_t losses;     /* receptions lost by chance */
	uint64_t drops_queue_full, drops_retry_limit;
};

struct radios {
	std::vector<ns3::Ptr<ns3::NetDevice>>
		devices; /* by node; null: not of this rank */
	std::vector<radio_counters> counters;
};

/* Radios for the nodes whose rank is `own`. `adapts`: the rate follows what gets through
 * (Minstrel), else it is the scenario's. all must stay where it is. */
void radios_make(radios *all, air *a, const ns3::NodeContainer &nodes, radio_mac mac,
	bool adapts, const std::vector<uint32_t> &rank, uint32_t own);

/* One line a node: its name, then name and value of each counter. */
std::string radios_report(const radios &all, const air *a);
