/* SPDX-License-Identifier: ISC */
#include "sim/ns3/taps.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

#include <ns3/mac48-address.h>
#include <ns3/mesh-point-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>

using namespace ns3;

enum { ADDRESS_BYTES = 6, HEADER_BYTES = 14, FRAME_MAX = 65536, TYPE_LEAST = 0x600 };

class tap_reader : public FdReader
{
	FdReader::Data DoRead() override
	{
		uint8_t *frame = static_cast<uint8_t *>(malloc(FRAME_MAX));
		ssize_t n = frame ? read(m_fd, frame, FRAME_MAX) : -1;

		if (n > 0)
			return FdReader::Data(frame, n);
		free(frame);
		return FdReader::Data(nullptr, -1); /* 0 would be the end */
	}
};

/* In the simulator's thread. An Ethernet frame without a type is none of IP. */
static void send(tap *t, const std::vector<uint8_t> &frame)
{
	Mac48Address to;
	uint16_t type;

	if (frame.size() < HEADER_BYTES)
		return;
	to.CopyFrom(frame.data());
	if (t->floods && to.IsGroup())
		to = Mac48Address::GetBroadcast();
	type = uint16_t(frame[12] << 8 | frame[13]);
	if (type >= TYPE_LEAST)
		t->device->Send(Create<Packet>(frame.data() + HEADER_BYTES,
					uint32_t(frame.size() - HEADER_BYTES)),
			to, type);
}

/* In the reader's thread. */
static void on_read(tap *t, uint8_t *data, ssize_t len)
{
	std::vector<uint8_t> frame(data, data + len);

	free(data);
	Simulator::ScheduleWithContext(
		t->node, Time(0), [t, frame]() { send(t, frame); });
}

static bool on_receive(tap *t, Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t type,
	const Address &from, const Address &to, NetDevice::PacketType kind)
{
	std::vector<uint8_t> frame(HEADER_BYTES + packet->GetSize());

	if (kind == NetDevice::PACKET_OTHERHOST)
		return true;
	Mac48Address::ConvertFrom(to).CopyTo(frame.data());
	Mac48Address::ConvertFrom(from).CopyTo(frame.data() + ADDRESS_BYTES);
	frame[12] = uint8_t(type >> 8);
	frame[13] = uint8_t(type);
	packet->CopyData(frame.data() + HEADER_BYTES, packet->GetSize());
	/* A device that is down or full loses it. */
	return write(t->fd, frame.data(), frame.size()) >= 0;
}

static int device_open(const char *name)
{
	struct ifreq r = {};
	int fd, err;

	if (strlen(name) == 0 || strlen(name) >= sizeof(r.ifr_name))
		return -EINVAL;
	r.ifr_flags = IFF_TAP | IFF_NO_PI;
	memcpy(r.ifr_name, name, strlen(name));
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, &r) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int tap_open(tap *t, const char *name, Ptr<NetDevice> device)
{
	t->fd = device_open(name);
	if (t->fd < 0)
		return t->fd;
	t->device = device;
	t->node = device->GetNode()->GetId();
	t->floods = bool(DynamicCast<MeshPointDevice>(device));
	device->SetPromiscReceiveCallback(MakeBoundCallback(&on_receive, t));
	return 0;
}

void tap_read(tap *t, bool on)
{
	if (t->fd < 0 || on == bool(t->reader))
		return;
	if (on) {
		t->reader = Create<tap_reader>();
		t->reader->Start(t->fd, MakeBoundCallback(&on_read, t));
	} else {
		t->reader->Stop();
		t->reader = nullptr;
	}
}

void tap_close(tap *t)
{
	tap_read(t, false);
	if (t->fd >= 0)
		close(t->fd);
	t->device = nullptr;
	t->fd = -1;
}
