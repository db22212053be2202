/* SPDX-License-Identifier: ISC */
#include "sim/ns3/radios.h"

#include <sstream>

#include <ns3/config.h>
#include <ns3/constant-position-mobility-model.h>
#include <ns3/dot11s-installer.h>
#include <ns3/double.h>
#include <ns3/error-model.h>
#include <ns3/frame-exchange-manager.h>
#include <ns3/mesh-helper.h>
#include <ns3/mesh-point-device.h>
#include <ns3/mesh-wifi-interface-mac.h>
#include <ns3/pointer.h>
#include <ns3/propagation-delay-model.h>
#include <ns3/propagation-loss-model.h>
#include <ns3/queue-size.h>
#include <ns3/random-variable-stream.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>
#include <ns3/wifi-mac-header.h>
#include <ns3/wifi-mpdu.h>
#include <ns3/wifi-net-device.h>
#include <ns3/yans-wifi-channel.h>
#include <ns3/yans-wifi-helper.h>

using namespace ns3;

/*
 * What arrives, in dBm. Heard is so far above the noise that only another one that is
 * heard as well can destroy it. Sensed is too weak for a preamble (-82), but holds up who
 * listens for energy.
 */
static constexpr double HEARD_DBM = -40, SENSED_DBM = -86, ENERGY_DBM = -90,
			NOTHING_DBM = -1000;

/* 100 m of way: who starts at the same time as another one has not heard it yet. */
static constexpr double DELAY_S = 333e-9;

static uint32_t node_of(const Ptr<MobilityModel> &where)
{
	return where->GetObject<Node>()->GetId();
}

static Mac48Address address_of(uint32_t node)
{
	uint8_t bytes[6] = { 2, 0, 0, 0, uint8_t(node >> 8), uint8_t(node) };
	Mac48Address address;

	address.CopyFrom(bytes);
	return address;
}

static uint32_t node_of(const Mac48Address &address)
{
	uint8_t bytes[6];

	address.CopyTo(bytes);
	return uint32_t(bytes[4]) << 8 | bytes[5];
}

/* Who reaches whom is known: distances are sim/channel's. */
class reach_loss : public PropagationLossModel
{
      public:
	const air *all = nullptr;

      private:
	double DoCalcRxPower(
		double, Ptr<MobilityModel> from, Ptr<MobilityModel> to) const override
	{
		switch (air_reach(all, node_of(from), node_of(to))) {
		case AIR_HEARD:
			return HEARD_DBM;
		case AIR_SENSED:
			return SENSED_DBM;
		case AIR_NOTHING:
			break;
		}
		return NOTHING_DBM;
	}

	int64_t DoAssignStreams(int64_t) override
	{
		return 0;
	}
};

/* The luck of what arrives undestroyed at one node. As in sim/channel, acknowledgements
 * are never lost, and what is meant for somebody else is none of its business. */
class try_luck : public ErrorModel
{
      public:
	air *all = nullptr;
	uint32_t node = 0;
	radio_counters *counters = nullptr;

      private:
	bool DoCorrupt(Ptr<Packet> frame) override
	{
		WifiMacHeader header;

		frame->PeekHeader(header);
		if (header.IsCtl() || (!header.GetAddr1().IsGroup() &&
					      header.GetAddr1() != address_of(node)))
			return false;
		if (air_loses(all, node_of(header.GetAddr2()), node, frame->GetSize())) {
			counters->losses++;
			return true;
		}
		counters->rx_frames += header.IsData();
		return false;
	}

	void DoReset() override
	{
	}
};

static void on_try(radio_counters *c, Ptr<const Packet> frame, double)
{
	WifiMacHeader header;

	frame->PeekHeader(header);
	if (!header.IsData())
		return;
	c->tries++;
	c->retries += header.IsRetry();
	c->frames += !header.IsRetry();
	c->bytes += header.IsRetry() ? 0 : frame->GetSize();
}

static void on_state(radio_counters *c, Time, Time duration, WifiPhyState state)
{
	if (state == WifiPhyState::TX)
		c->airtime_us += uint64_t(duration.GetMicroSeconds());
}

static void on_drop(radio_counters *c, WifiMacDropReason reason, Ptr<const WifiMpdu>)
{
	c->drops_queue_full += reason == WIFI_MAC_DROP_FAILED_ENQUEUE;
	c->drops_retry_limit += reason == WIFI_MAC_DROP_REACHED_RETRY_LIMIT;
}

/* The rate of 802.11a that is nearest by ratio. */
static StringValue rate_mode(const char *what, uint64_t bps)
{
	static const uint64_t rates[] = { 6, 9, 12, 18, 24, 36, 48, 54 };
	uint64_t best = rates[0];

	for (size_t i = 1; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (double(bps) * double(bps) > double(rates[i - 1] * rates[i]) * 1e12)
			best = rates[i];
	if (best * 1000000 != bps)
		fprintf(stderr, "qanat-ns3: %s: 802.11a has no %g Mbit/s, so it is %u\n",
			what, double(bps) / 1e6, unsigned(best));
	return StringValue("OfdmRate" + std::to_string(best) + "Mbps");
}

template <class helper>
static void rates_set(helper *wifi, const air_radio &radio, bool adapts)
{
	/* A try counts as well, and no frame is long enough for an RTS. */
	UintegerValue tries(radio.retries + 1);
	StringValue broadcast = rate_mode("broadcast", radio.broadcast_bps);

	wifi->SetStandard(WIFI_STANDARD_80211a);
	if (adapts)
		wifi->SetRemoteStationManager("ns3::MinstrelWifiManager", "MaxSsrc",
			tries, "NonUnicastMode", broadcast);
	else
		wifi->SetRemoteStationManager("ns3::ConstantRateWifiManager", "MaxSsrc",
			tries, "NonUnicastMode", broadcast, "DataMode",
			rate_mode("unicast", radio.unicast_bps), "ControlMode",
			StringValue("OfdmRate6Mbps"));
}

static Ptr<YansWifiChannel> channel_make(const air *a)
{
	Ptr<YansWifiChannel> channel = CreateObject<YansWifiChannel>();
	Ptr<reach_loss> loss = CreateObject<reach_loss>();
	Ptr<ConstantRandomVariable> delay = CreateObject<ConstantRandomVariable>();
	Ptr<RandomPropagationDelayModel> way =
		CreateObject<RandomPropagationDelayModel>();

	loss->all = a;
	delay->SetAttribute("Constant", DoubleValue(DELAY_S));
	way->SetAttribute("Variable", PointerValue(delay));
	channel->SetPropagationLossModel(loss);
	channel->SetPropagationDelayModel(way);
	return channel;
}

/* The address is in many places, some of which only learn it when they are made. */
static void address_set(const Ptr<WifiNetDevice> &radio)
{
	Mac48Address address = address_of(radio->GetNode()->GetId());

	radio->SetAddress(address);
	radio->GetMac()->GetFrameExchangeManager()->SetAddress(address);
}

/* 802.11s as ns-3 has it, on a radio with an address of ours. */
class mesh_stack : public Dot11sStack
{
      public:
	static TypeId GetTypeId()
	{
		static TypeId id = TypeId("qanat::mesh_stack")
					   .SetParent<Dot11sStack>()
					   .AddConstructor<mesh_stack>();

		return id;
	}

      private:
	bool InstallStack(Ptr<MeshPointDevice> point) override
	{
		auto radio = DynamicCast<WifiNetDevice>(point->GetInterfaces().at(0));

		address_set(radio);
		point->SetAddress(radio->GetAddress());
		DynamicCast<MeshWifiInterfaceMac>(radio->GetMac())
			->SetMeshPointAddress(address_of(point->GetNode()->GetId()));
		return Dot11sStack::InstallStack(point);
	}
};

static void watch(const Ptr<WifiNetDevice> &radio, air *a, radio_counters *c)
{
	Ptr<WifiPhy> phy = radio->GetPhy();
	Ptr<try_luck> luck = CreateObject<try_luck>();

	luck->all = a;
	luck->node = radio->GetNode()->GetId();
	luck->counters = c;
	phy->SetPostReceptionErrorModel(luck);
	phy->TraceConnectWithoutContext("PhyTxBegin", MakeBoundCallback(&on_try, c));
	phy->GetState()->TraceConnectWithoutContext(
		"State", MakeBoundCallback(&on_state, c));
	radio->GetMac()->TraceConnectWithoutContext(
		"DroppedMpdu", MakeBoundCallback(&on_drop, c));
}

/* Both give what a node sends by: the radio itself, or the mesh point over it. */
static Ptr<NetDevice> adhoc_make(
	const Ptr<Node> &node, const YansWifiPhyHelper &phy, const WifiHelper &wifi)
{
	WifiMacHelper mac;

	mac.SetType("ns3::AdhocWifiMac");
	return wifi.Install(phy, mac, node).Get(0);
}

static Ptr<NetDevice> mesh_make(
	const Ptr<Node> &node, const YansWifiPhyHelper &phy, const MeshHelper &mesh)
{
	return mesh.Install(phy, NodeContainer(node)).Get(0);
}

/* The radio that is, or is under, what a node sends by. */
static Ptr<WifiNetDevice> radio_of(const Ptr<NetDevice> &device)
{
	auto point = DynamicCast<MeshPointDevice>(device);

	return DynamicCast<WifiNetDevice>(point ? point->GetInterfaces().at(0) : device);
}

static void defaults_set(const air_radio &wanted)
{
	Config::SetDefault("ns3::WifiMacQueue::MaxSize",
		QueueSizeValue(QueueSize(QueueSizeUnit::PACKETS, wanted.queue_frames)));
	/* As in sim/channel, nothing gets too old to be sent. */
	Config::SetDefault("ns3::WifiMacQueue::MaxDelay", TimeValue(Seconds(3600)));
	/* By itself it is two, which a busy or bad air often has in a row. */
	Config::SetDefault("ns3::dot11s::PeerLink::MaxBeaconLoss", UintegerValue(20));
	Config::SetDefault("ns3::dot11s::PeerLink::MaxPacketFailure", UintegerValue(20));
}

void radios_make(radios *all, air *a, const NodeContainer &nodes, radio_mac mac,
	bool adapts, const std::vector<uint32_t> &rank, uint32_t own)
{
	air_radio wanted = air_radio_of(a);
	YansWifiPhyHelper phy;
	WifiHelper wifi;
	MeshHelper mesh = MeshHelper::Default();

	defaults_set(wanted);
	phy.SetChannel(channel_make(a));
	phy.Set("CcaEdThreshold", DoubleValue(ENERGY_DBM));
	mesh.SetStackInstaller(mesh_stack::GetTypeId().GetName());
	mesh.SetSpreadInterfaceChannels(MeshHelper::ZERO_CHANNEL);
	if (mac == RADIO_MESH)
		rates_set(&mesh, wanted, adapts);
	else
		rates_set(&wifi, wanted, adapts);
	all->devices.resize(nodes.GetN());
	all->counters.resize(nodes.GetN());
	for (uint32_t i = 0; i < nodes.GetN(); i++) {
		if (rank[i] != own)
			continue;
		nodes.Get(i)->AggregateObject(
			CreateObject<ConstantPositionMobilityModel>());
		all->devices[i] = mac == RADIO_MESH ? mesh_make(nodes.Get(i), phy, mesh)
						    : adhoc_make(nodes.Get(i), phy, wifi);
		address_set(radio_of(all->devices[i]));
		watch(radio_of(all->devices[i]), a, &all->counters[i]);
	}
}

std::string radios_report(const radios &all, const air *a)
{
	std::ostringstream out;

	for (uint32_t i = 0; i < all.counters.size(); i++) {
		const radio_counters &c = all.counters[i];

		out << air_name(a, i) << " frames " << c.frames << " bytes " << c.bytes
		    << " tries " << c.tries << " retries " << c.retries << " airtime_us "
		    << c.airtime_us << " rx_frames " << c.rx_frames << " losses "
		    << c.losses << " drops_queue_full " << c.drops_queue_full
		    << " drops_retry_limit " << c.drops_retry_limit << "\n";
	}
	return out.str();
}
