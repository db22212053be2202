// SPDX-License-Identifier: ISC
//
// RFC 5444 by two who have not read each other: packets that our codec writes are read by the
// one of ns-3, and those that it writes by ours, and both find the same in them.
//
//   packetbb [SEED [COUNT]]
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>

#include <ns3/buffer.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/packetbb.h>

#include "tests/ns3/ours.h"

using namespace ns3;
using Bytes = std::vector<uint8_t>;

// ---- as text ----

static std::string hex(const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	std::string s;

	for (size_t i = 0; i < len; i++)
		s += { digits[data[i] >> 4], digits[data[i] & 15] };
	return s;
}

static std::string text_of(const PbbTlv &t, unsigned first, unsigned last, bool each)
{
	Bytes value(t.HasValue() ? t.GetValue().GetSize() : 0);

	if (!value.empty())
		t.GetValue().CopyData(value.data(), value.size());
	return "tlv " + std::to_string(t.GetType()) + " " +
	       std::to_string(t.HasTypeExt() ? t.GetTypeExt() : 0) + " " +
	       std::to_string(first) + " " + std::to_string(last) +
	       (each ? " each " : " all ") + hex(value.data(), value.size()) + "\n";
}

static std::string text_of(const Address &a)
{
	uint8_t bytes[Address::MAX_SIZE];
	uint32_t len = a.CopyTo(bytes);

	return hex(bytes, len);
}

static std::string text_of(PbbAddressBlock &b, unsigned bits)
{
	std::string s = "block\n";
	auto prefix = b.PrefixBegin();

	for (auto a = b.AddressBegin(); a != b.AddressEnd(); a++) {
		s += text_of(*a) + "/" +
		     std::to_string(b.PrefixEmpty() ? bits : *prefix) + "\n";
		if (b.PrefixSize() > 1)
			prefix++;
	}
	for (auto i = b.TlvBegin(); i != b.TlvEnd(); i++) {
		const PbbAddressTlv &t = **i;
		unsigned first = t.HasIndexStart() ? t.GetIndexStart() : 0;
		unsigned last = t.HasIndexStop()    ? t.GetIndexStop()
				: t.HasIndexStart() ? first
						    : b.AddressSize() - 1;

		s += text_of(t, first, last, t.IsMultivalue());
	}
	return s;
}

static std::string text_of(PbbMessage &m, unsigned size)
{
	std::string s =
		"message " + std::to_string(m.GetType()) + " " + std::to_string(size) +
		" " + (m.HasOriginatorAddress() ? text_of(m.GetOriginatorAddress()) : "");

	s += " " + std::to_string(m.HasHopLimit() ? m.GetHopLimit() : -1) + " " +
	     std::to_string(m.HasHopCount() ? m.GetHopCount() : -1) + " " +
	     std::to_string(m.HasSequenceNumber() ? m.GetSequenceNumber() : -1) + "\n";
	for (auto t = m.TlvBegin(); t != m.TlvEnd(); t++)
		s += text_of(**t, 0, 0, false);
	for (auto b = m.AddressBlockBegin(); b != m.AddressBlockEnd(); b++)
		s += text_of(**b, 8 * size);
	return s;
}

static std::string text_of(PbbPacket &p)
{
	std::string s =
		"packet " +
		std::to_string(p.HasSequenceNumber() ? p.GetSequenceNumber() : -1) + "\n";

	for (auto t = p.TlvBegin(); t != p.TlvEnd(); t++)
		s += text_of(**t, 0, 0, false);
	for (auto m = p.MessageBegin(); m != p.MessageEnd(); m++)
		s += text_of(**m,
			dynamic_cast<PbbMessageIpv4 *>(PeekPointer(*m)) != nullptr ? 4
										   : 16);
	return s;
}

// ---- random ones ----

struct Draw {
	std::mt19937_64 source;

	unsigned below(unsigned n)
	{
		return source() % n;
	}
	bool coin()
	{
		return below(2) == 0;
	}
	Bytes bytes(size_t len)
	{
		Bytes b(len);

		for (auto &x : b)
			x = source();
		return b;
	}
};

static void fill(Draw &d, PbbTlv &t, unsigned len)
{
	Bytes value = d.bytes(len);

	t.SetType(d.below(256));
	if (d.coin())
		t.SetTypeExt(d.below(256));
	if (len > 0)
		t.SetValue(value.data(), len);
}

static void add_tlv(Draw &d, const std::function<void(Ptr<PbbTlv>)> &add)
{
	for (unsigned left = d.below(4); left > 0; left--) {
		Ptr<PbbTlv> t = Create<PbbTlv>();

		fill(d, *t, d.below(8) == 0 ? 250 + d.below(20) : d.below(6));
		add(t);
	}
}

static Address address(const Bytes &b)
{
	if (b.size() == 4)
		return Ipv4Address::Deserialize(b.data());
	return Ipv6Address::Deserialize(b.data());
}

static void add_addresses(Draw &d, PbbAddressBlock &b, unsigned size, unsigned count)
{
	unsigned head = d.below(size), tail = d.below(size - head);
	Bytes like = d.bytes(size);

	if (d.coin())
		std::fill(like.end() - tail, like.end(), 0);
	for (unsigned i = 0; i < count; i++) {
		Bytes mid = d.bytes(size - head - tail), a = like;

		std::copy(mid.begin(), mid.end(), a.begin() + head);
		a[head] = i;
		b.AddressPushBack(address(a));
	}
	for (unsigned i = d.below(3) == 0 ? 0 : d.coin() ? 1 : count; i > 0; i--)
		b.PrefixPushBack(d.below(8 * size + 1));
}

static void add_block(Draw &d, PbbMessage &m, unsigned size)
{
	Ptr<PbbAddressBlock> b;
	unsigned count = 1 + d.below(40);

	if (size == 4)
		b = Create<PbbAddressBlockIpv4>();
	else
		b = Create<PbbAddressBlockIpv6>();
	add_addresses(d, *b, size, count);
	for (unsigned left = d.below(4); left > 0; left--) {
		Ptr<PbbAddressTlv> t = Create<PbbAddressTlv>();
		unsigned first = d.below(count), last = first + d.below(count - first),
			 each = d.below(6);

		if (d.coin()) {
			t->SetIndexStart(first);
			if (last > first) {
				t->SetIndexStop(last);
				t->SetMultivalue(each > 0 && d.coin());
			}
		} else {
			first = 0;
			last = count - 1;
			t->SetMultivalue(last > first && each > 0 && d.coin());
		}
		fill(d, *t, t->IsMultivalue() ? each * (last - first + 1) : each);
		b->TlvPushBack(t);
	}
	m.AddressBlockPushBack(b);
}

static void add_message(Draw &d, PbbPacket &p)
{
	unsigned size = d.coin() ? 4 : 16;
	Ptr<PbbMessage> m;

	if (size == 4)
		m = Create<PbbMessageIpv4>();
	else
		m = Create<PbbMessageIpv6>();
	m->SetType(d.below(256));
	if (d.coin())
		m->SetOriginatorAddress(address(d.bytes(size)));
	if (d.coin())
		m->SetHopLimit(d.below(256));
	if (d.coin())
		m->SetHopCount(d.below(256));
	if (d.coin())
		m->SetSequenceNumber(d.below(65536));
	add_tlv(d, [&](Ptr<PbbTlv> t) { m->TlvPushBack(t); });
	for (unsigned left = d.below(4); left > 0; left--)
		add_block(d, *m, size);
	p.MessagePushBack(m);
}

static Ptr<PbbPacket> theirs_make(uint64_t seed)
{
	Ptr<PbbPacket> p = Create<PbbPacket>();
	Draw d{ std::mt19937_64(seed) };

	if (d.coin())
		p->SetSequenceNumber(d.below(65536));
	if (d.coin())
		add_tlv(d, [&](Ptr<PbbTlv> t) { p->TlvPushBack(t); });
	for (unsigned left = d.below(4); left > 0; left--)
		add_message(d, *p);
	return p;
}

static Bytes write(const PbbPacket &p)
{
	Bytes out(p.GetSerializedSize());
	Buffer b;

	b.AddAtStart(out.size());
	p.Serialize(b.Begin());
	b.CopyData(out.data(), out.size());
	return out;
}

static Ptr<PbbPacket> read(const Bytes &bytes)
{
	Ptr<PbbPacket> p = Create<PbbPacket>();
	Buffer b;

	b.AddAtStart(bytes.size());
	b.Begin().Write(bytes.data(), bytes.size());
	p->Deserialize(b.Begin());
	return p;
}

// ---- both ----

template <typename Say> static std::string said(Say say)
{
	char *text = nullptr;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	say(f);
	fclose(f);
	std::string s(text, len);
	free(text);
	return s;
}

static bool same(
	uint64_t seed, const char *what, const std::string &a, const std::string &b)
{
	if (a == b)
		return true;
	printf("# seed %lu, %s:\n%s# and\n%s", static_cast<unsigned long>(seed), what,
		a.c_str(), b.c_str());
	return false;
}

// It forgets when it reads whether each address has a value of its own.
static std::string without_each(std::string s)
{
	for (size_t at; (at = s.find(" each ")) != std::string::npos;)
		s.replace(at, 6, " all ");
	return s;
}

static bool ours_by_theirs(uint64_t seed)
{
	Bytes bytes(PACKET_ROOM);
	size_t len = 0;
	std::string text = said([&](FILE *f) { len = ours_make(seed, bytes.data(), f); });

	bytes.resize(len);
	return same(seed, "ours as they read it", without_each(text),
		without_each(text_of(*read(bytes))));
}

static unsigned read_back;

static bool theirs_by_ours(uint64_t seed)
{
	Ptr<PbbPacket> p = theirs_make(seed);
	Bytes bytes = write(*p);
	int good = 0;

	// now and then it cannot read what it has written itself
	if (without_each(text_of(*read(bytes))) != without_each(text_of(*p)))
		return true;
	read_back++;
	std::string text =
		said([&](FILE *f) { good = ours_read(bytes.data(), bytes.size(), f); });

	return same(seed, good ? "theirs as we read it" : "theirs, malformed to us",
		text_of(*p), text);
}

static bool all(
	uint64_t seed, unsigned count, const char *sentence, bool (*one)(uint64_t))
{
	bool good = true;

	for (unsigned i = 0; i < count && good; i++)
		good = one(seed + i);
	printf("%s %s\n", good ? "ok" : "not ok", sentence);
	return good;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], nullptr, 10) : time(nullptr);
	unsigned count = argc > 2 ? strtoul(argv[2], nullptr, 10) : 2000;
	bool good;

	printf("# seed %lu, %u packets each way\n", static_cast<unsigned long>(seed),
		count);
	good = all(seed, count,
		"what our codec of RFC 5444 writes, the one of ns-3 reads",
		ours_by_theirs);
	good &= all(seed, count, "and what that writes, ours reads", theirs_by_ours);
	if (read_back < count / 2) {
		printf("not ok ns-3 reads most of what it writes: %u of %u\n", read_back,
			count);
		good = false;
	}
	return good ? 0 : 1;
}
