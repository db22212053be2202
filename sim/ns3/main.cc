/* SPDX-License-Identifier: ISC */
/*
 * qanat-ns3: reads a scenario, makes a radio of ns-3 for each node, bridges them to TAP
 * devices, and runs on the clock until it is told to stop. Exit: 0 done, 1 failed, 2 usage.
 */
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <sched.h>
#include <string>
#include <sys/random.h>
#include <utility>
#include <vector>

#include <ns3/global-value.h>
#include <ns3/realtime-simulator-impl.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include "sim/ns3/air.h"
#include "sim/ns3/desk.h"
#include "sim/ns3/radios.h"
#include "sim/ns3/ranks.h"
#include "sim/ns3/taps.h"

using namespace ns3;

enum { EXIT_USAGE = 2, LOOK_MS = 100, LATE_MS = 100 };

static const char help[] =
	"usage: qanat-ns3 --topology FILE [OPTION]...\n"
	"The Wi-Fi models of ns-3 between TAP devices, in real time, on a scenario of "
	"qanat.\n"
	"\n"
	"  --topology FILE   nodes, links, range, movement, what happens when; - reads "
	"stdin\n"
	"  --set KEY=VALUE   a parameter, after the file: loss=5%, retries=0, "
	"unicast=24M\n"
	"  --mac adhoc|mesh  ad-hoc stations (default), or mesh points of 802.11s\n"
	"  --rate 24M|auto   of unicast frames, in place of the scenario's; auto adapts\n"
	"  --tap NAME=NODE   NODE sends and receives by the TAP device NAME\n"
	"  --taps PREFIX     the first node by PREFIX0, the next one by PREFIX1, ...\n"
	"  --control SOCKET  commands, as those of qanat-ether, whose --tell gives them\n"
	"  --seed N          the same luck again; else drawn, and printed\n"
	"  --seconds N       how long; else until it is told to stop\n"
	"  --paused          time stands still until it is told to resume\n"
	"  --mpi             this is one of several processes that MPI started\n"
	"  --quiet           says nothing at the end\n"
	"  --help\n";

struct options {
	const char *topology = nullptr, *control = nullptr, *prefix = nullptr;
	std::vector<char *> set;
	std::vector<std::pair<std::string, std::string>> taps; /* device, node */
	std::string rate;                                      /* as KEY=VALUE */
	radio_mac mac = RADIO_ADHOC;
	bool adapts = false, paused = false, quiet = false, mpi = false, seeded = false;
	uint64_t seed = 0, seconds = 0;
};

struct program {
	struct options options;
	struct ranks ranks;
	std::vector<uint32_t> rank;
	struct air *air = nullptr;
	struct radios radios;
	struct desk desk;
	NodeContainer nodes;
	std::vector<tap> taps; /* by node */
	EventId tick;
	Time late; /* the furthest behind the clock */
	bool crosses = false;
	int status = 0;
};

static int complain(const std::string &what, const std::string &why, int status)
{
	fprintf(stderr, "qanat-ns3: %s: %s\n", what.c_str(), why.c_str());
	return status;
}

/* --------------------------------------------------------------------------- options */

static bool number(const char *word, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(word, &end, 10);
	return !errno && word[0] >= '0' && word[0] <= '9' && !*end;
}

static bool tap_add(options *o, const std::string &word)
{
	size_t equals = word.find('=');

	if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
		return false;
	o->taps.emplace_back(word.substr(0, equals), word.substr(equals + 1));
	return true;
}

static bool mac_take(options *o, const std::string &word)
{
	o->mac = word == "mesh" ? RADIO_MESH : RADIO_ADHOC;
	return word == "mesh" || word == "adhoc";
}

static bool rate_take(options *o, const std::string &word)
{
	o->adapts = word == "auto";
	o->rate = o->adapts ? "" : "unicast=" + word;
	return true;
}

static bool take(options *o, int option, char *word)
{
	switch (option) {
	case 't':
		o->topology = word;
		return true;
	case 'S':
		o->set.push_back(word);
		return true;
	case 'm':
		return mac_take(o, word);
	case 'r':
		return rate_take(o, word);
	case 'T':
		return tap_add(o, word);
	case 'P':
		o->prefix = word;
		return true;
	case 'c':
		o->control = word;
		return true;
	case 's':
		return o->seeded = number(word, &o->seed);
	case 'n':
		return number(word, &o->seconds) && o->seconds < UINT32_MAX;
	case 'p':
		return o->paused = true;
	case 'M':
		return o->mpi = true;
	case 'q':
		return o->quiet = true;
	}
	return false;
}

/* 0: run; -1: --help was answered; else the exit status. */
static int options_parse(options *o, int argc, char **argv)
{
	static const struct option words[] = {
		{ "topology", required_argument, nullptr, 't' },
		{ "set", required_argument, nullptr, 'S' },
		{ "mac", required_argument, nullptr, 'm' },
		{ "rate", required_argument, nullptr, 'r' },
		{ "tap", required_argument, nullptr, 'T' },
		{ "taps", required_argument, nullptr, 'P' },
		{ "control", required_argument, nullptr, 'c' },
		{ "seed", required_argument, nullptr, 's' },
		{ "seconds", required_argument, nullptr, 'n' },
		{ "paused", no_argument, nullptr, 'p' },
		{ "mpi", no_argument, nullptr, 'M' },
		{ "quiet", no_argument, nullptr, 'q' },
		{ "help", no_argument, nullptr, 'h' },
		{ nullptr, 0, nullptr, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+h", words, nullptr)) != -1) {
		if (option == 'h')
			return fputs(help, stdout) < 0 ? EXIT_FAILURE : -1;
		if (option == '?')
			return EXIT_USAGE;
		if (!take(o, option, optarg))
			return complain(
				optarg, "does not fit; see qanat-ns3 --help", EXIT_USAGE);
	}
	if (optind < argc)
		return complain(argv[optind], "not an option", EXIT_USAGE);
	if (!o->topology)
		return complain(
			"nothing to simulate", "--topology FILE is missing", EXIT_USAGE);
	if (!o->rate.empty())
		o->set.push_back(o->rate.data());
	return 0;
}

/* ----------------------------------------------------------------------------- set-up */

static int seed_draw(options *o)
{
	if (o->seeded)
		return 0;
	if (getrandom(&o->seed, sizeof(o->seed), 0) != sizeof(o->seed))
		return complain("random source", strerror(errno), EXIT_FAILURE);
	o->seed %= 1000000000;
	fprintf(stderr, "qanat-ns3: seed %llu\n", (unsigned long long)o->seed);
	return 0;
}

/* Every process of a distributed run reads the scenario, and has the nodes of its rank. */
static int ranks_share(program *p, int *argc, char ***argv)
{
	if (p->options.mpi && !ranks_possible())
		return complain("--mpi", "this ns-3 was built without MPI", EXIT_USAGE);
	if (p->options.mpi && !p->options.seeded)
		return complain(
			"--mpi", "all processes need the same --seed", EXIT_USAGE);
	if (p->options.mpi)
		ranks_open(&p->ranks, argc, argv);
	return 0;
}

static int tap_make(program *p, const std::string &name, const std::string &node_name)
{
	uint32_t node;
	int err;

	if (!air_find(p->air, node_name.c_str(), &node) || p->taps[node].fd >= 0)
		return complain(node_name, "no such node, or attached twice", EXIT_USAGE);
	if (p->rank[node] != p->ranks.own)
		return 0;
	err = tap_open(&p->taps[node], name.c_str(), p->radios.devices[node]);
	return err ? complain(name, strerror(-err), EXIT_FAILURE) : 0;
}

static int taps_make(program *p)
{
	options *o = &p->options;
	int status = 0;

	p->taps.resize(air_count(p->air));
	for (uint32_t i = 0; o->prefix && i < air_count(p->air); i++)
		o->taps.emplace_back(o->prefix + std::to_string(i), air_name(p->air, i));
	for (size_t i = 0; !status && i < o->taps.size(); i++)
		status = tap_make(p, o->taps[i].first, o->taps[i].second);
	return status;
}

static int prepare(program *p)
{
	options *o = &p->options;
	int status = seed_draw(o);

	if (!status)
		status = air_open(&p->air, o->topology, o->seed, o->set.data(),
			unsigned(o->set.size()));
	if (status)
		return status;
	/* Not before MPI is there, which takes a simulator that has no clock. */
	GlobalValue::Bind(
		"SimulatorImplementationType", StringValue("ns3::RealtimeSimulatorImpl"));
	RngSeedManager::SetSeed(uint32_t(1 + o->seed % 4294944442));
	RngSeedManager::SetRun(1 + p->ranks.own);
	p->rank.resize(air_count(p->air));
	air_split(p->air, p->ranks.count, p->rank.data());
	for (uint32_t rank : p->rank)
		p->nodes.Add(CreateObject<Node>(rank));
	radios_make(
		&p->radios, p->air, p->nodes, o->mac, o->adapts, p->rank, p->ranks.own);
	return taps_make(p);
}

/* ------------------------------------------------------------------------------- run */

static int64_t now_us()
{
	return Simulator::Now().GetMicroSeconds();
}

/* What one process simulates another one cannot hear. */
static void look_across(program *p)
{
	uint32_t x, y;

	if (p->crosses || !air_crosses(p->air, p->rank.data(), &x, &y))
		return;
	p->crosses = true;
	complain(std::string(air_name(p->air, x)) + " and " + air_name(p->air, y),
		"reach each other now, but belong to different processes", 0);
}

/* The scenario goes on; comes again when something is due. */
static void tick(program *p)
{
	int64_t next = air_advance(p->air, now_us());

	for (tap &t : p->taps)
		tap_read(&t, !air_is_paused(p->air));
	if (p->ranks.count > 1)
		look_across(p);
	p->tick.Cancel();
	if (next != INT64_MAX)
		p->tick = Simulator::Schedule(
			MicroSeconds(std::max<int64_t>(next - now_us(), 1)), &tick, p);
}

/* How far the simulator is behind the clock; also keeps it from running out of events. */
static void look(program *p)
{
	auto simulator =
		DynamicCast<RealtimeSimulatorImpl>(Simulator::GetImplementation());
	Time late = simulator->RealtimeNow() - Simulator::Now();

	if (late > p->late) {
		if (late > MilliSeconds(LATE_MS) && p->late <= MilliSeconds(LATE_MS))
			complain("warning", "behind the clock: this machine is too slow",
				0);
		p->late = late;
	}
	Simulator::Schedule(MilliSeconds(LOOK_MS), &look, p);
}

static std::string answer(program *p, const std::string &line)
{
	char *text = nullptr;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (line == "counters") {
		fputs((radios_report(p->radios, p->air) + ".\n").c_str(), out);
	} else if (line == "help") {
		fputs("cut A B | join A B | set A B loss=5% [ber=1e-6]\n"
		      "dcut, djoin, dset: from A to B only\n"
		      "set KEY VALUE | move NAME X Y [over=10s] | part GROUP NODES | "
		      "heal\n"
		      "counters | topology | clock | pause | resume | quit\n.\n",
			out);
	} else if (line == "clock") {
		fprintf(out, "%.3f s, at most %.1f ms behind\n",
			Simulator::Now().GetSeconds(), p->late.GetSeconds() * 1000);
	} else if (line == "quit") {
		fputs("ok\n", out);
		Simulator::Stop();
	} else if (!air_answer(p->air, now_us(), line.c_str(), out)) {
		fputs("error: not a command, try help\n", out);
	}
	fclose(out);
	std::string all(text, len);
	free(text);
	tick(p);
	return all;
}

/* Only now the simulator's clock runs, by which other threads hand it something. */
static void begin(program *p)
{
	std::string path = p->options.control ? p->options.control : "";
	int err;

	if (p->ranks.open && !path.empty())
		path += "." + std::to_string(p->ranks.own);
	err = desk_open(&p->desk, path);
	tick(p);
	look(p);
	if (!err)
		return;
	p->status = complain("--control", strerror(-err), EXIT_FAILURE);
	Simulator::Stop();
}

/* A radio that is late makes everybody late. Without the right to it, it goes without. */
static void come_first()
{
	struct sched_param priority = {};

	priority.sched_priority = sched_get_priority_min(SCHED_RR);
	sched_setscheduler(0, SCHED_RR, &priority);
}

static int run(program *p)
{
	options *o = &p->options;

	p->desk.answer = [p](const std::string &line) { return answer(p, line); };
	if (o->paused)
		air_pause(p->air, 0);
	come_first();
	Simulator::Schedule(Time(0), &begin, p);
	if (o->seconds)
		Simulator::Stop(Seconds(double(o->seconds)));
	Simulator::Run();
	if (!o->quiet)
		fprintf(stderr,
			"qanat-ns3: ran %.1f s, at most %.1f ms behind the clock\n",
			Simulator::Now().GetSeconds(), p->late.GetSeconds() * 1000);
	return p->status;
}

int main(int argc, char **argv)
{
	static struct program p;
	int status = options_parse(&p.options, argc, argv);

	if (status)
		return status < 0 ? EXIT_SUCCESS : status;
	desk_block_signals();
	status = ranks_share(&p, &argc, &argv);
	if (!status)
		status = prepare(&p);
	if (!status)
		status = run(&p);
	desk_close(&p.desk);
	for (tap &t : p.taps)
		tap_close(&t);
	Simulator::Destroy();
	air_close(p.air);
	ranks_close(&p.ranks);
	return status;
}
