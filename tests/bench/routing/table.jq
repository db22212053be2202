# SPDX-License-Identifier: ISC
# The lines of routing.sh, slurped, as a table: measure, a column for each daemon, goal.

def rows: [
	["cold", "seconds_worst", "cold start 5x5 to all pairs, worst, s", "<= 1.5"],
	["cold100", "seconds_worst", "cold start random 100, worst, s", "<= 2.5"],
	["cut", "outage_s_median", "silent cut under a stream: outage, median, s", "<= 0.3"],
	["cut", "outage_s_worst", "  worst, s", "<= 0.8"],
	["cut", "all_pairs_s_median", "  all pairs again, median, s", "<= 1.2"],
	["quiet", "outage_s_median", "cut without traffic: outage, median, s", "<= 0.7"],
	["quiet", "outage_s_worst", "  worst, s", "<= 1.2"],
	["quiet", "all_pairs_s_median", "  all pairs again, median, s", "<= 1.2"],
	["restart", "seconds_median", "restart of a node to all pairs, median, s", "<= 0.8"],
	["roam", "outage_s_median", "roaming node: outage, median, s", "<= 1.2"],
	["roam", "outage_s_worst", "  worst, s", "-"],
	["roam", "stuck_tries", "  tries with a stuck pair after 20 s", "0"],
	["steady", "bytes_per_second_mean", "5x5: control bytes/s a node, mean", "<= 350"],
	["steady", "bytes_per_second_max", "  busiest node", "-"],
	["steady", "packets_per_second_mean", "  packets/s a node, mean", "<= 3.05"],
	["steady", "route_changes_per_node_minute", "  route changes a node and minute", "0"],
	["steady", "rss_kb", "  resident memory, kB", "<= 4000"],
	["lossy", "route_changes_per_node_minute", "5x5, 10 % loss: route changes a node and minute", "<= 15"],
	["lossy", "pairs_share_mean", "  pairs routed", ">= 0.9999"],
	["lossy", "bytes_per_second_mean", "  control bytes/s a node, mean", "-"],
	["steady100", "bytes_per_second_mean", "random 100: control bytes/s a node, mean", "<= 800"],
	["steady100", "bytes_per_second_max", "  busiest node", "<= 1600"],
	["steady100", "packets_per_second_mean", "  packets/s a node, mean", "<= 3.05"],
	["steady100", "route_changes_per_node_minute", "  route changes a node and minute", "0"],
	["steady100", "cpu_ms_per_second", "  processor ms/s a node", "<= 1.0"],
	["moving", "pairs_share_mean", "moving 50, 30 m / 10 s: connected pairs routed", ">= 0.96"],
	["moving", "looping_pairs_max", "  pairs in loops, most at once", "-"],
	["moving", "bytes_per_second_mean", "  control bytes/s a node, mean", "-"]
];

. as $figures | (map(.daemon) | unique) as $all
| (["qanat", "babeld", "bird", "peer"] | map(select(. as $d | $all | index($d)))) as $daemons
| (["measure"] + $daemons + ["goal"]),
	(rows[] | . as $row | $daemons | map(. as $d | [$figures[] | select(.part == $row[0] and .daemon == $d)] | last)
		| select(any) | [$row[2]] + map(if . == null or .[$row[1]] == null then "-" else .[$row[1]] | tostring end) + [$row[3]])
| @tsv
